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
    out += fmt::format("  {} {}: neurons {}\n", interp::layer_name(b.layer), interp::name_of(b.kind),
                       fmt::join(b.neurons, " "));
  }
  out += fmt::format("  {} neurons with a firing pattern of their own; firing margin {:.1e}\n", alone, r.firing_margin);
}

void add_counts(std::string& out, const DegeneracyReport& r, const std::string& what) {
  out += fmt::format("{}: {} parameters, {} samples, {} outputs\n", what, r.parameters, r.samples, r.outputs);
  add_layers(out, r);
  out += fmt::format("\nblocks of neurons that fire together:\n");
  add_blocks(out, r);
  out += fmt::format("\nrank of the Jacobian     {:>8}   {}\n", r.jacobian.rank, gap_text(r.jacobian.gap));
  out += fmt::format("free directions          {:>8}\n", r.free_directions());
  out += fmt::format("explained: lower bound   {:>8}   low ranks {} + synchronised ReLUs {} ({})\n", r.lower_bound(),
                     r.lower_bound() - r.gauge.rank, r.gauge.rank, gap_text(r.gauge.gap));
  out += fmt::format("not explained            {:>8}\n", r.residual());
  out += fmt::format("naive sum, not a bound   {:>8}\n", r.naive_sum());
}

void add_remarks(std::string& out, const DegeneracyReport& r) {
  if (r.jacobian.rank == r.samples * r.outputs)
    out += fmt::format(
        "\nThe rank is samples x outputs, as high as it can be: with more rows fewer directions may be free.\n");
  if (r.smallest_gap() < 100)
    out += fmt::format(
        "\nThe smallest spectral gap is only {:.3g}: singular values run on across the tolerance {:g}, so the "
        "integers depend on it.\n",
        r.smallest_gap(), r.tolerance);
}

void add_details(std::string& out, const DegeneracyReport& r, const DegeneracyDetails& d) {
  out += fmt::format("with conditional ranks   {:>8}   rank within layers {} ({})\n", d.conditional.lower_bound,
                     fmt::join(d.conditional.layer_ranks | std::views::transform(&RankDecision::rank), ", "),
                     gap_text(d.conditional.smallest_gap()));
  out += fmt::format("still not explained      {:>8}\n", r.free_directions() - d.conditional.lower_bound);
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
  add_details(out, r, d);
  add_remarks(out, r);
  return out;
}

std::string scaled_text(const interp::ScaledDegeneracy& r, const std::string& what) {
  std::string out =
      fmt::format("{}: {} parameters, {} samples, {} outputs\n", what, r.parameters, r.samples, r.outputs);
  out += fmt::format("\nlargest curvature {:.6g}; the data can show at most {} directions\n", r.top.values.front(),
                     r.most_noticed());
  out += fmt::format("\n{:<16}{:>30}{:>30}\n", "cut-off / largest", "sum h/(h+a)", "eigenvalues above");
  for (const auto& c : r.counts)
    out += fmt::format("{:<16.0e}{:>30}{:>30}\n", c.cutoff / r.top.values.front(), sum_text(c.soft), sum_text(c.above));
  return out +
         fmt::format("\n± is the standard error over {} probes; in brackets what more steps could change\n", r.probes);
}

}  // namespace basin::experiments
