// What bound (*) does not see (docs/theory.md §3): C11 conditional low rank, C12 complementary and C13 nested patterns,
// C17 directions that are null on both sides of a linear network. The predictions are arithmetic on sizes.
#include <fmt/format.h>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/doubly_null.h"
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

// A factor [rows, columns] of exact rank.
Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, Rng& rng) {
  const Matrix left = normal_matrix(rows, rank, rng);
  return matmul(left, normal_matrix(rank, columns, rng));
}

struct LinearSetting {
  std::int64_t hidden, rank, jacobian_rank, n_eff;
  std::string arithmetic;
};

void expect_linear(ClaimTable& table, const ClaimSettings& settings, const LinearSetting& s) {
  const std::string title = fmt::format("linear 3-{}-3, both factors of rank {}", s.hidden, s.rank);
  std::vector<std::int64_t> ranks;
  std::vector<double> sizes;
  for (int i = 0; i < settings.nets; ++i) {
    Rng rng(settings.seed, fmt::format("claims/C17/{}/{}", title, draw_name(i, 0)));
    const interp::LinearNet net{.w_in = of_rank(s.hidden, 3, s.rank, rng), .w_out = of_rank(3, s.hidden, s.rank, rng)};
    const interp::CorrectedCount got = interp::corrected_count(net, of_rank(50, 3, 3, rng), claim_options(settings));
    ranks.push_back(got.jacobian_rank), sizes.push_back(got.n_eff);
  }
  table.expect(title + ": rank J", s.jacobian_rank, common_value(ranks)).because(s.arithmetic);
  // By construction: both sides are the learning coefficient of reduced-rank regression in closed form; only the ranks
  // that go into it are measured. Sampling would measure it (C18).
  table.expect(title + ": N_eff", s.n_eff, common_value(sizes)).because(s.arithmetic).by_construction();
}

void doubly_null(ClaimTable& table, const ClaimSettings& settings) {
  expect_linear(table, settings,
                {3, 1, 5, 8, "rank J = 3 + 3 - 1; h = 2 doubly null directions, 2 lambda of a 2-2-2 at zero is 3"});
  expect_linear(table, settings, {2, 1, 5, 7, "rank J = 3 + 3 - 1; h = 1, 2 lambda of a 2-1-2 at zero is 2"});
  expect_linear(table, settings, {2, 2, 8, 8, "rank J = 6 + 6 - 4; no direction is doubly null"});
}

const ClaimEntry c11{"C11", "a neuron's inputs can have a lower rank where it fires", conditional};
const ClaimEntry c12{"C12", "complementary patterns free one direction more", complementary};
const ClaimEntry c13{"C13", "nested patterns in two layers free one direction more", nested};
const ClaimEntry c17{"C17", "doubly null directions count where the Hessian does not see them", doubly_null};

}  // namespace
}  // namespace basin::experiments
