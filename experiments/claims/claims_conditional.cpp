// C11, C12, C13 and C17. The predictions are the arithmetic of docs/theory.md §3 on sizes.
#include "experiments/claims/claims_conditional.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/parallel.h"
#include "experiments/claims/conditional_nets.h"
#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/doubly_null.h"

namespace basin::experiments {
namespace {

struct Counts {
  std::int64_t free = 0, bound = 0, conditional = 0, patterns = 0;  // N - rank J, (*), the two bounds above (*)
  double gap = 0, jacobian_gap = 0;                                 // the smallest of all ranks, and that of J

  bool bounded() const { return bound <= conditional && conditional <= patterns && patterns <= free; }
};

Counts count(const ClaimNet& data, const ClaimSettings& settings) {
  const interp::DegeneracyReport report = interp::degeneracy(data.net, data.x, claim_options(settings));
  const interp::ConditionalBound& bound = report.conditional;
  return {.free = report.free_directions(),
          .bound = report.formula(),
          .conditional = bound.lower_bound,
          .patterns = bound.lower_bound_patterns,
          .gap = std::min({report.smallest_gap(), bound.smallest_gap(), bound.patterns.gap}),
          .jacobian_gap = report.jacobian.gap};
}

using MakeNet = std::function<ClaimNet(Rng)>;

// `nets` networks from streams of their own, as they come or with clear gaps.
std::vector<Counts> count_all(const MakeNet& make, const std::string& stream, int nets, bool clear,
                              const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/" + stream);
  std::vector<Counts> all(nets);
  parallel_for(settings.threads, nets, [&](std::int64_t i, int) {
    const auto draw = [&](int again) { return count(make(rng.stream(draw_name(i, again))), settings); };
    all[i] = clear ? clear_draw(draw, std::mem_fn(&Counts::gap)) : draw(0);
  });
  return all;
}

// The common number, or a text that lists them, or says why they are none.
ClaimValue common(const std::vector<Counts>& counts, std::int64_t Counts::*what, const ClaimSettings& settings) {
  std::vector<std::int64_t> numbers;
  for (const Counts& c : counts) numbers.push_back(c.*what);
  const std::string all = fmt::format("{}", fmt::join(numbers, ", "));
  const double gap = std::ranges::min(counts, {}, &Counts::gap).gap;
  if (!std::ranges::all_of(counts, &Counts::bounded)) return all + ", and a bound is none";
  if (gap < settings.min_gap) return fmt::format("{} with a spectral gap of {:.1g}", all, gap);
  if (std::ranges::count(numbers, numbers.front()) != std::ssize(numbers)) return all;
  return double(numbers.front());
}

// One kind of network, and what theory says of it. Rows: N - rank J, (*), the conditional bound, and the one with
// related patterns, which is exact here.
struct Expectation {
  std::string id, title;
  MakeNet make;
  std::int64_t free, bound, conditional;
  std::string arithmetic;
};

std::vector<Claim> measure(const Expectation& e, const ClaimSettings& settings) {
  const std::vector<Counts> counts = count_all(e.make, e.id + "/" + e.title, settings.nets, true, settings);
  const double gap = std::ranges::min(counts, {}, &Counts::gap).gap;
  const std::string how =
      fmt::format("{}; {} networks, smallest spectral gap {:.1g}", e.arithmetic, settings.nets, gap);
  const auto row = [&](const std::string& what, std::int64_t predicted, std::int64_t Counts::*measured) {
    return judged(e.id, e.title + what, double(predicted), common(counts, measured, settings), 0, how);
  };
  return {row(": N - rank J", e.free, &Counts::free), row(": bound (*)", e.bound, &Counts::bound),
          row(": conditional bound", e.conditional, &Counts::conditional),
          row(": bound with related patterns", e.free, &Counts::patterns)};
}

std::vector<Claim> measure_all(const std::vector<Expectation>& list, const ClaimSettings& settings) {
  std::vector<Claim> claims;
  for (const Expectation& e : list) std::ranges::move(measure(e, settings), std::back_inserter(claims));
  return claims;
}

// A factor [rows, columns] of exact rank.
Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, Rng& rng) {
  Matrix a({rows, rank}), b({rank, columns});
  rng.fill_normal(std::span(a.data));
  rng.fill_normal(std::span(b.data));
  return matmul(a, b);
}

struct LinearSetting {
  std::int64_t hidden, rank, jacobian_rank, n_eff;
  std::string arithmetic;
};

std::vector<Claim> measure_linear(const LinearSetting& s, const ClaimSettings& settings) {
  const std::string title = fmt::format("linear 3-{}-3, both factors of rank {}", s.hidden, s.rank);
  const Rng seeds(settings.seed, "claims/C17/" + title);
  std::vector<double> ranks, sizes;
  for (int i = 0; i < settings.nets; ++i) {
    Rng rng = seeds.stream(std::to_string(i));
    const interp::LinearNet net{of_rank(s.hidden, 3, s.rank, rng), of_rank(3, s.hidden, s.rank, rng)};
    const interp::CorrectedCount got = interp::corrected_count(net, of_rank(50, 3, 3, rng), claim_options(settings));
    ranks.push_back(double(got.jacobian_rank));
    sizes.push_back(got.n_eff);
  }
  const auto row = [&](const std::string& what, std::int64_t predicted, const std::vector<double>& measured) {
    ClaimValue value = measured.front();
    if (std::ranges::count(measured, measured.front()) != settings.nets)
      value = fmt::format("{}", fmt::join(measured, ", "));
    return judged("C17", title + what, double(predicted), value, 0, s.arithmetic);
  };
  return {row(": rank J", s.jacobian_rank, ranks), row(": N_eff", s.n_eff, sizes)};
}

}  // namespace

std::vector<Claim> claim_conditional(const ClaimSettings& settings) {
  std::vector<Expectation> list;
  for (std::int64_t outputs : {1, 3})
    for (std::int64_t fires : {1, 2, 4, 5, 8}) {
      const std::int64_t missing = std::max<std::int64_t>(0, 5 - fires);
      list.push_back({"C11", fmt::format("fires on {} of 300, {} output{}", fires, outputs, outputs == 1 ? "" : "s"),
                      [=](Rng rng) { return rarely_firing(fires, outputs, rng); }, 5 + missing, 5, 5 + missing,
                      "five rescalings; d~ = 5 weights of a neuron make as many numbers as it sees samples"});
    }
  return measure_all(list, settings);
}

std::vector<Claim> claim_complementary(const ClaimSettings& settings) {
  const auto net = [](std::int64_t outputs, bool on) {
    return [=](Rng rng) { return complementary(outputs, on, rng); };
  };
  const std::string alone =
      "five rescalings; g_1 + g_2 = 1 ties the neurons to the output bias, which matters for one "
      "output only";
  const std::string with_one = "four rescalings, k(k+1) = 2 always on, and ";
  return measure_all(
      {{"C12", "complementary, 1 output", net(1, false), 6, 5, 5, alone},
       {"C12", "complementary, 2 outputs", net(2, false), 5, 5, 5, alone},
       {"C12", "complementary, 3 outputs", net(3, false), 5, 5, 5, alone},
       {"C12", "complementary and one always on, 1 output", net(1, true), 12, 12, 12,
        with_one + "d~ = 6 as the gradients of three neurons are dependent, kind (b)"},
       {"C12", "complementary and one always on, 2 outputs", net(2, true), 7, 6, 6, with_one + "one more"},
       {"C12", "complementary and one always on, 3 outputs", net(3, true), 7, 6, 6, with_one + "one more"}},
      settings);
}

// A block b, W its outgoing weights, v with W v zero but for rows i whose neurons fire only where b does, S_i in S_b.
// Then p_b -> p_b + t v changes f_b by t g_b v and p_i by t g_b (W v)_i. Where i fires g_b = 1, so the bias of i takes
// it back; other rows do not notice. One free direction for each such v: on S_i the block is always on, and the
// constant joins. It moves two layers at once, hence no rank within a layer shows it.
std::vector<Claim> claim_nested(const ClaimSettings& settings) {
  const auto net = [](std::int64_t block, bool is_nested) {
    return [=](Rng rng) { return nested(block, is_nested, rng); };
  };
  return measure_all(
      {{"C13", "nested reader of one neuron", net(1, true), 9, 8, 8, "8 rescalings, and one for the nesting"},
       {"C13", "nested reader of a block of 2", net(2, true), 11, 10, 10, "6 + 2^2, and one for the nesting"},
       {"C13", "the same reader, not nested", net(1, false), 8, 8, 8, "8 rescalings"},
       {"C13", "the same reader of the block, not nested", net(2, false), 10, 10, 10, "6 + 2^2"}},
      settings);
}

std::vector<Claim> claim_doubly_null(const ClaimSettings& settings) {
  std::vector<Claim> claims;
  for (const LinearSetting& s :
       {LinearSetting{3, 1, 5, 8, "rank J = 3 + 3 - 1; h = 2 doubly null directions, 2 lambda of a 2-2-2 at zero is 3"},
        LinearSetting{2, 1, 5, 7, "rank J = 3 + 3 - 1; h = 1, 2 lambda of a 2-1-2 at zero is 2"},
        LinearSetting{2, 2, 8, 8, "rank J = 6 + 6 - 4; no direction is doubly null"}})
    std::ranges::move(measure_linear(s, settings), std::back_inserter(claims));
  return claims;
}

std::vector<UntouchedRow> measure_untouched(const ClaimSettings& settings, int nets) {
  constexpr std::int64_t samples = 1000;
  std::vector<UntouchedRow> rows;
  for (const std::vector<std::int64_t>& widths : std::vector<std::vector<std::int64_t>>{
           {3, 5, 2}, {4, 6, 6, 3}, {6, 4, 4, 2}, {2, 6, 6, 1}, {1, 8, 8, 1}, {5, 5, 5, 5, 3}}) {
    UntouchedRow row{.widths = widths, .nets = nets, .smallest_gap = std::numeric_limits<double>::infinity()};
    std::int64_t hidden = 0;
    for (std::size_t l = 1; l < widths.size(); ++l) {
      row.parameters += widths[l] * (widths[l - 1] + 1);
      if (l + 1 < widths.size()) hidden += widths[l];
    }
    const auto make = [&](Rng rng) { return untouched(widths, samples, rng); };
    for (const Counts& c :
         count_all(make, fmt::format("untouched/{}", fmt::join(widths, "-")), nets, false, settings)) {
      row.beyond_rescaling += double(c.free - hidden) / nets;
      row.explained += double(c.bound - hidden) / nets;
      row.conditional += double(c.conditional - c.bound) / nets;
      row.unexplained += double(c.free - c.conditional) / nets;
      row.violations += !c.bounded();
      row.smallest_gap = std::min(row.smallest_gap, c.jacobian_gap);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace basin::experiments
