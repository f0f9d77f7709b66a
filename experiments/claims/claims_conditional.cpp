// What bound (*) does not see (docs/theory.md §3): C11 conditional low rank, C12 complementary and C13 nested patterns,
// C17 directions that are null on both sides of a linear network. The predictions are arithmetic on sizes.
#include <fmt/format.h>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/patterns.h"

namespace basin::experiments {
namespace {

// One kind of network, and what theory says of it. Rows: N - rank J, (*), the conditional bound, and the one with
// related patterns, which is exact here.
struct Expectation {
  std::string title;
  std::function<nn::PlantedNet(Rng)> make;
  std::int64_t free, bound, conditional;
  std::string arithmetic;
};

double smallest_gap(const KindCounts& c) { return std::min(c.gap, c.patterns_gap); }

void expect_bounds(ClaimTable& table, const ClaimSettings& settings, const std::vector<Expectation>& list) {
  for (const Expectation& e : list) {
    const Rng rng(settings.seed, "claims/" + table.id() + "/" + e.title);
    const auto draw = [&](std::int64_t i, int again) {
      return kind_counts("", claim_net(e.make(rng.stream(draw_name(i, again)))), settings);
    };
    const auto nets = clear_draws(settings.nets, settings.threads, draw, smallest_gap);
    const auto row = [&](const std::string& what, std::int64_t predicted, auto count) {
      Counts counts = counts_of(nets, count, smallest_gap);
      if (!std::ranges::all_of(nets, &KindCounts::bounded)) counts.flaw = ", and a bound is none";
      expect_common(table, settings, e.title + what, predicted, counts,
                    fmt::format("arithmetic: {}; {} networks", e.arithmetic, settings.nets));
    };
    row(": N - rank J", e.free, &KindCounts::free);
    row(": bound (*)", e.bound, &KindCounts::bound);
    row(": conditional bound", e.conditional, &KindCounts::with_conditional);
    row(": bound with related patterns", e.free, &KindCounts::with_patterns);
  }
}

void conditional(ClaimTable& table, const ClaimSettings& settings) {
  for (std::int64_t outputs : {1, 3})
    for (std::int64_t fires : {1, 2, 4, 5, 8}) {
      const std::int64_t missing = std::max<std::int64_t>(0, 5 - fires);
      expect_bounds(table, settings,
                    {{fmt::format("fires on {} of 300, {} output{}", fires, outputs, outputs == 1 ? "" : "s"),
                      [=](Rng rng) { return nn::rarely_firing(fires, outputs, rng); }, 5 + missing, 5, 5 + missing,
                      "five rescalings; d~ = 5 weights of a neuron make as many numbers as it sees samples"}});
    }
}

void complementary(ClaimTable& table, const ClaimSettings& settings) {
  const auto net = [](std::int64_t outputs, bool on) {
    return [=](Rng rng) { return nn::complementary(outputs, on, rng); };
  };
  const std::string alone =
      "five rescalings; g_1 + g_2 = 1 ties the neurons to the output bias, which matters for one output only";
  const std::string with_one = "four rescalings, k(k+1) = 2 always on, and ";
  expect_bounds(table, settings,
                {{"complementary, 1 output", net(1, false), 6, 5, 5, alone},
                 {"complementary, 2 outputs", net(2, false), 5, 5, 5, alone},
                 {"complementary, 3 outputs", net(3, false), 5, 5, 5, alone},
                 {"complementary and one always on, 1 output", net(1, true), 12, 12, 12,
                  with_one + "d~ = 6 as the gradients of three neurons are dependent, kind (b)"},
                 {"complementary and one always on, 2 outputs", net(2, true), 7, 6, 6, with_one + "one more"},
                 {"complementary and one always on, 3 outputs", net(3, true), 7, 6, 6, with_one + "one more"}});
}

// A block b, W its outgoing weights, v with W v zero but for rows i whose neurons fire only where b does, S_i in S_b.
// Then p_b -> p_b + t v changes f_b by t g_b v and p_i by t g_b (W v)_i. Where i fires g_b = 1, so the bias of i takes
// it back; other rows do not notice. One free direction for each such v: on S_i the block is always on, and the
// constant joins. It moves two layers at once, hence no rank within a layer shows it.
void nested(ClaimTable& table, const ClaimSettings& settings) {
  const auto net = [](std::int64_t block, bool inside) {
    return [=](Rng rng) { return nn::nested(block, inside, rng); };
  };
  expect_bounds(table, settings,
                {{"nested reader of one neuron", net(1, true), 9, 8, 8, "8 rescalings, and one for the nesting"},
                 {"nested reader of a block of 2", net(2, true), 11, 10, 10, "6 + 2^2, and one for the nesting"},
                 {"the same reader, not nested", net(1, false), 8, 8, 8, "8 rescalings"},
                 {"the same reader of the block, not nested", net(2, false), 10, 10, 10, "6 + 2^2"}});
}

const ClaimEntry c11{"C11", "a neuron's inputs can have a lower rank where it fires", {.net = 0.023}, conditional};
const ClaimEntry c12{"C12", "complementary patterns free one direction more", {.net = 0.017}, complementary};
const ClaimEntry c13{"C13", "nested patterns in two layers free one direction more", {.net = 0.14}, nested};

}  // namespace
}  // namespace basin::experiments
