#include "experiments/shared/degeneracy_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <ranges>

namespace basin::experiments {
namespace {

using interp::DegeneracyDetails;
using interp::DegeneracyReport;

std::string gap_text(double gap) { return std::isinf(gap) ? "everything else is 0" : fmt::format("gap {:.1e}", gap); }

// A count, or where the numbers do not decide it both its readings.
std::string count_text(const DegeneracyReport& r, interp::Count count) {
  const interp::Reading both = interp::reading(r, count);
  return both.decided() ? fmt::format("{:>8}", both.at_tolerance)
                        : fmt::format("undecided, {} or {}", both.at_rounding, both.at_tolerance);
}

void add_layers(std::string& out, const DegeneracyReport& r) {
  out += fmt::format("\n{:<12}{:>14}{:>18}{:>16}{:>18}\n", "layer", "weights", "activation rank", "gradient rank",
                     "free (low rank)");
  for (const auto& l : r.layers)
    out += fmt::format("{:<12}{:>14}{:>18}{:>16}{:>18}\n", l.name, fmt::format("{} x {}", l.rows, l.columns),
                       fmt::format("{} of {}", l.activation.rank, l.columns),
                       fmt::format("{} of {}", l.gradient.rank, l.rows), l.free_low_rank);
}

void add_blocks(std::string& out, const DegeneracyReport& r) {
  std::int64_t alone = 0;
  for (const auto& b : r.blocks) {
    if (b.kind == interp::BlockKind::single) {
      ++alone;
      continue;
    }
    out += fmt::format("  {} {}: neurons {}\n", r.layers[b.layer].name, interp::name_of(b.kind),
                       fmt::join(b.neurons, " "));
  }
  if (std::isinf(r.firing_margin))
    out += "  no ReLUs: every neuron counts as firing on every sample\n";
  else
    out +=
        fmt::format("  {} neurons with a firing pattern of their own; firing margin {:.1e}\n", alone, r.firing_margin);
}

void add_counts(std::string& out, const DegeneracyReport& r, const std::string& what) {
  out += fmt::format("{}: {} parameters, {} samples, {} outputs\n", what, r.parameters, r.samples, r.outputs);
  add_layers(out, r);
  out += fmt::format("\nblocks of neurons that fire together:\n");
  add_blocks(out, r);
  const auto count = [&](interp::Count c) { return count_text(r, c); };
  out += fmt::format("\nrank of the Jacobian     {}   {}, largest dropped {:.1e}\n",
                     count([](const DegeneracyReport& d) { return d.jacobian.rank; }), gap_text(r.jacobian.gap),
                     r.jacobian.relative_dropped());
  out += fmt::format("free directions          {}\n",
                     count([](const DegeneracyReport& d) { return d.free_directions(); }));
  out += fmt::format("explained: lower bound   {}   low ranks {} + synchronised ReLUs {} ({})\n",
                     count([](const DegeneracyReport& d) { return d.lower_bound(); }), r.formula() - r.gauge.rank,
                     r.gauge.rank, gap_text(r.gauge.gap));
  out += fmt::format("not explained            {}\n", count([](const DegeneracyReport& d) { return d.residual(); }));
  out += fmt::format("naive sum, not a bound   {}\n", count([](const DegeneracyReport& d) { return d.naive_sum(); }));
}

std::string as_high_as_it_can_be(const char* rows) {
  return fmt::format("\nThe rank is {}, as high as it can be: with more rows fewer directions may be free.\n", rows);
}

std::string small_gap(double gap, double tolerance) {
  return fmt::format(
      "\nThe smallest spectral gap is only {:.3g}: singular values run on across the tolerance {:g}, so the integers "
      "depend on it.\n",
      gap, tolerance);
}

std::string undecided_text(double tolerance) {
  return fmt::format(
      "\nUndecided: some singular values are too small for the tolerance {:g} and too large to be rounding. Of two "
      "readings the first counts all above rounding ({:g}), the second all above the tolerance. For weights stored in "
      "float32 take the second, with --tolerance 1e-6; for trained networks see --epsilon.\n",
      tolerance, rank_rounding);
}

void add_remarks(std::string& out, const DegeneracyReport& r) {
  if (r.jacobian.rank == r.samples * r.outputs) out += as_high_as_it_can_be("samples x outputs");
  if (r.smallest_gap() < 100) out += small_gap(r.smallest_gap(), r.tolerance);
  if (!r.decided()) out += undecided_text(r.tolerance);
}

// The first few of many.
template <class Pair, class Text>
void add_pairs(std::string& out, const std::vector<Pair>& pairs, Text text) {
  constexpr std::size_t shown = 8;
  for (const Pair& pair : pairs | std::views::take(shown)) out += text(pair);
  if (pairs.size() > shown) out += fmt::format("  and {} pairs more\n", pairs.size() - shown);
}

// Says nothing where no patterns are related and nothing more is explained.
void add_relations(std::string& out, const DegeneracyReport& r) {
  const interp::ConditionalBound& bound = r.conditional;
  const auto& [complementary, nested] = bound.relations;
  if (!bound.patterns_sought) out += "related patterns         not looked for: there are too many\n";
  if (complementary.empty() && nested.empty() && bound.lower_bound_patterns == bound.lower_bound) return;
  out += fmt::format("with related patterns    {}   {} complementary and {} nested pairs ({})\n",
                     count_text(r, [](const DegeneracyReport& d) { return d.conditional.lower_bound_patterns; }),
                     complementary.size(), nested.size(), gap_text(bound.patterns.gap));
  add_pairs(out, complementary, [&](const interp::ComplementaryPair& p) {
    return fmt::format("  {} neurons {} fire exactly where {} do not\n", r.layers[p.layer].name,
                       fmt::join(p.neurons, " "), fmt::join(p.complement, " "));
  });
  add_pairs(out, nested, [&](const interp::NestedPair& p) {
    return fmt::format("  {} neurons {} fire only where {} neurons {} do\n", r.layers[p.layer + 1].name,
                       fmt::join(p.readers, " "), r.layers[p.layer].name, fmt::join(p.neurons, " "));
  });
  out += fmt::format("then not explained       {}\n", count_text(r, [](const DegeneracyReport& d) {
                       return d.free_directions() - d.conditional.lower_bound_patterns;
                     }));
}

void add_conditional(std::string& out, const DegeneracyReport& r) {
  const interp::ConditionalBound& bound = r.conditional;
  out += fmt::format("with conditional ranks   {}   rank within layers {} ({})\n",
                     count_text(r, [](const DegeneracyReport& d) { return d.conditional.lower_bound; }),
                     fmt::join(bound.layer_ranks | std::views::transform(&RankDecision::rank), ", "),
                     gap_text(bound.smallest_gap()));
  out += fmt::format("still not explained      {}\n", count_text(r, [](const DegeneracyReport& d) {
                       return d.free_directions() - d.conditional.lower_bound;
                     }));
  add_relations(out, r);
}

void add_details(std::string& out, const DegeneracyDetails& d) {
  if (d.corrected)
    out += fmt::format("effective parameters     {:>8}   {} doubly null directions\n", d.corrected->n_eff,
                       d.corrected->doubly_null);
  if (!d.epsilon.empty()) out += fmt::format("\n{:>12}{:>12}{:>16}\n", "epsilon", "N_eff", "rank of J");
  for (const auto& e : d.epsilon)
    out += fmt::format("{:>12.1e}{:>12.2f}{:>16}\n", e.epsilon, e.jacobian.soft_count, e.jacobian.count);
}

std::string sum_text(const interp::SpectralSum& s) {
  return fmt::format("{:.1f} ± {:.1f} ({:.1f})", s.value, s.standard_error, s.unresolved);
}

}  // namespace

std::string degeneracy_text(const DegeneracyReport& r, const DegeneracyDetails& d, const std::string& what) {
  std::string out;
  add_counts(out, r, what);
  add_conditional(out, r);
  add_details(out, d);
  add_remarks(out, r);
  return out;
}

std::string attention_text(const interp::AttentionDegeneracy& f, const std::string& what) {
  std::string out = fmt::format("{}: {} parameters, {} heads of width {}, d_model {}; {} samples of {} positions\n\n",
                                what, f.parameters, f.heads(), f.shape.d_head, f.shape.d_model, f.samples, f.positions);
  for (const auto& group : f.groups)
    out += group.size() == 1 ? fmt::format("head {} has a pattern of its own\n", group.front())
                             : fmt::format("heads {} share a pattern\n", fmt::join(group, " "));
  out +=
      fmt::format("patterns taken as one differ by {:.1e} at most, others by {:.1e} at least\n", f.within, f.between);
  const auto count = [&](std::int64_t at_rounding, std::int64_t at_tolerance) {
    return f.decided() ? fmt::format("{:>8}", at_tolerance)
                       : fmt::format("undecided, {} or {}", at_rounding, at_tolerance);
  };
  const std::int64_t all = f.jacobian.above_rounding, predicted = interp::attention_free_directions(f.shape);
  out += fmt::format("\nrank of the Jacobian     {}   {}, largest dropped {:.1e}\n", count(all, f.jacobian.rank),
                     gap_text(f.jacobian.gap), f.jacobian.relative_dropped());
  out += fmt::format("free directions          {}\n", count(f.parameters - all, f.free_directions()));
  out += fmt::format("predicted                {:>8}   for data in general position\n", predicted);
  out += fmt::format("residual                 {}\n", f.decided() ? fmt::format("{:>8}", f.residual()) : "undecided");
  if (f.jacobian.rank == f.samples * f.positions * f.shape.d_model)
    out += as_high_as_it_can_be("samples x positions x d_model");
  if (f.jacobian.gap < 100) out += small_gap(f.jacobian.gap, f.jacobian.tolerance);
  if (!f.decided()) out += undecided_text(f.jacobian.tolerance);
  return out;
}

std::string scaled_text(const interp::ScaledDegeneracy& r, const std::string& what) {
  std::string out =
      fmt::format("{}: {} parameters, {} samples, {} outputs\n", what, r.parameters, r.samples, r.outputs);
  out += fmt::format("\nlargest curvature {:.6g}; the data can show at most {} directions\n", r.top.values.front(),
                     r.most_noticed());
  out += fmt::format("\n{:<16}{:>30}{:>30}\n", "cut-off / largest", "sum h/(h+a)", "eigenvalues above");
  for (const auto& c : r.counts)
    out += fmt::format("{:<16.0e}{:>30}{:>30}\n", c.relative_cutoff, sum_text(c.soft), sum_text(c.above));
  return out +
         fmt::format("\n± is the standard error over {} probes; in brackets what more steps could change\n", r.probes);
}

}  // namespace basin::experiments
