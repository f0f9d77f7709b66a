// Exact Gibbs sampling of linear layers: against quadrature where there is one, then gradients against it.
#include <doctest/doctest.h>

#include <cmath>

#include "core/chains.h"
#include "core/error.h"
#include "interp/llc/deep_linear_finite_n.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/linear_gibbs.h"
#include "interp/llc/network_coefficient.h"

using namespace basin;
using namespace basin::interp;

namespace {

// N, H, M with A of rank p, B of rank q, B A of rank r, all singular values `size`: units of A alone, of both, of B.
LinearLaw stratum(std::int64_t N, std::int64_t H, std::int64_t M, const FactorRanks& ranks, double size) {
  LinearLaw law{.layers = {Matrix({H, N}), Matrix({M, H})}, .n_beta = 1e6, .gamma = 1};
  const auto [p, q, r] = ranks;
  for (std::int64_t i = 0; i < p; ++i) law.layers[0](i, i) = size;
  for (std::int64_t i = 0; i < q; ++i) law.layers[1](i, i < r ? i : p + i - r) = size;
  return law;
}

ChainMean gibbs(const LinearLaw& law, std::int64_t draws = 4000) {
  return chain_mean(linear_gibbs(law, {.chains = 8, .draws = draws, .warm_up = 200, .seed = 5, .threads = 2}).u);
}

}  // namespace

TEST_CASE("two layers of rank 0 and 1 have their exact value at finite n, to 1 %") {
  struct Row {
    std::int64_t inputs, hidden, outputs;
    double truth, t, gamma;
  };
  for (const Row& r : {Row{2, 1, 2, 0, 1e4, 1}, Row{3, 3, 3, 0, 1e4, 1}, Row{3, 2, 5, 0, 1e3, 2},
                       Row{3, 2, 3, 1, 1e3, 1}, Row{4, 3, 2, 2, 1e6, 1}, Row{3, 1, 4, 3, 1e4, 0.5}}) {
    LinearLaw law{.layers = {Matrix({r.hidden, r.inputs}), Matrix({r.outputs, r.hidden})},
                  .n_beta = r.t,
                  .gamma = r.gamma,
                  .around_zeros = true};
    law.layers[0][0] = law.layers[1][0] = std::sqrt(r.truth);
    const ChainMean found = gibbs(law, 10000);
    CAPTURE(r.inputs);
    CAPTURE(r.truth);
    CAPTURE(found.error);
    CHECK(found.mean ==
          doctest::Approx(linear_finite_n({r.inputs, r.hidden, r.outputs, r.truth}, r.t, r.gamma).value).epsilon(0.01));
    CHECK(found.r_hat < 1.01);
  }
}

TEST_CASE("three layers of rank 0 have their exact value at finite n") {
  for (const std::vector<std::int64_t>& widths : {std::vector<std::int64_t>{3, 1, 3, 3}, {2, 2, 2, 2}}) {
    const ChainMean found = gibbs(LinearLaw::at_origin(widths, 1e4), 10000);
    CAPTURE(found.error);
    CHECK(found.mean == doctest::Approx(deep_linear_finite_n(widths, 1e4).value).epsilon(0.015));
  }
}

// Where no closed form is known at finite nβ: a truth of rank 2; and points whose coefficient is not the least, where
// weights are large beside the prior so that chains stay with these ranks.
TEST_CASE("trajectories find what Gibbs sampling finds at other ranks, and that goes to the local coefficient") {
  struct Row {
    LinearLaw law;
    double limit;
  };
  LinearLaw second = stratum(3, 3, 3, {2, 2, 2}, 1);
  second.n_beta = 1e4, second.around_zeros = true;
  const FactorRanks first{2, 1, 1}, wide{3, 1, 1};
  for (const Row& r : {Row{second, local_linear_coefficient(3, 3, 3, {2, 2, 2}).lambda},
                       Row{stratum(2, 2, 2, first, 20), local_linear_coefficient(2, 2, 2, first).lambda},
                       Row{stratum(3, 3, 5, wide, 20), local_linear_coefficient(3, 3, 5, wide).lambda}}) {
    const ChainMean exact = gibbs(r.law);
    const Chains chains = sample<double>(local_posterior(r.law), {.leapfrogs = 32},
                                         {.chains = 32, .draws = 1000, .warm_up = 300, .threads = 2});
    CAPTURE(r.limit);
    CAPTURE(exact.error);
    CHECK(exact.error < 0.01 * exact.mean);
    CHECK(exact.mean == doctest::Approx(r.limit).epsilon(0.03));
    CHECK(chain_mean(chains.u).mean == doctest::Approx(exact.mean).epsilon(0.03));
  }
  CHECK(local_linear_coefficient(3, 3, 5, wide).lambda > reduced_rank_coefficient(3, 3, 5, 1).lambda);
}

TEST_CASE("Gibbs draws are the same for one thread and for three, and out of range is refused") {
  const LinearLaw law = stratum(3, 2, 3, {2, 1, 1}, 2);
  const auto u = [&](int threads) {
    return linear_gibbs(law, {.chains = 3, .draws = 20, .warm_up = 5, .threads = threads}).u.data;
  };
  CHECK(u(1) == u(3));
  CHECK_THROWS_AS(linear_gibbs(law, {.chains = 0}), UsageError);
  CHECK_THROWS_AS(linear_gibbs({.layers = law.layers, .n_beta = 1}, {}), UsageError);
  CHECK_THROWS_AS(linear_gibbs({.layers = {Matrix({2, 3}), Matrix({3, 4})}, .n_beta = 1, .gamma = 1}, {}), ShapeError);
}
