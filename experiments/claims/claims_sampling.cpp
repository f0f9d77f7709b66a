// C18: sampled learning coefficients of linear networks y = B A x around matrices of low rank, where second derivatives
// do not see the doubly null directions (docs/theory.md §6.2, §6.4).
#include <fmt/format.h>

#include <algorithm>

#include "core/chance.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/llc/estimate.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/linear_gibbs.h"
#include "interp/llc/network_coefficient.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t width = 3;  // inputs and outputs

// K = |B A - T|² at A and B with ones up to the rank on their diagonals, T = B A, under the prior N(0, 1) of all
// weights.
interp::LocalPosterior linear_layers(std::int64_t hidden, std::int64_t rank, double t) {
  interp::LinearLaw law = interp::LinearLaw::at_origin({width, hidden, width}, t);
  for (Matrix& layer : law.layers)
    for (std::int64_t i = 0; i < rank; ++i) layer(i, i) = 1;
  return local_posterior(law);
}

struct SampledNet {
  std::int64_t hidden, rank;
  double t;
  int leapfrogs = 16;  // more where the prior is wide beside the valleys
};

void expect_sampled(ClaimTable& table, const SampledNet& s, const interp::SamplerSpec& sampler,
                    const interp::ChainSpec& chains) {
  const interp::LocalPosterior posterior = linear_layers(s.hidden, s.rank, s.t);
  const interp::LlcEstimate e = estimate_llc(interp::sample<double>(posterior, sampler, chains), posterior, sampler);
  const bool exact = s.rank == 1;
  const double predicted = exact ? interp::linear_finite_n({width, s.hidden, width, 1}, s.t).value
                                 : interp::reduced_rank_coefficient(width, s.hidden, width, s.rank).lambda;
  table
      .expect(fmt::format("linear 3-{}-3 of rank {}: λ̂ at nβ = {:.0e} by {}", s.hidden, s.rank, s.t,
                          interp::name_of(sampler.kind)),
              predicted, e.lambda.mean)
      .within(allowed_errors * std::clamp(e.lambda.error, 0.01, 0.03))
      .because(fmt::format("{}; {} chains, standard error {:.2g}",
                           exact ? "closed form: the mean of nβ K under N(0, 1) as Pfaffians of quadratures"
                                 : "closed form: Aoyagi and Watanabe's λ, of multiplicity 1",
                           e.chains, e.lambda.error));
}

void sampled(ClaimTable& table, const ClaimSettings& settings) {
  const interp::ChainSpec chains{
      .chains = 32, .draws = 4000, .warm_up = 1000, .seed = settings.seed, .threads = settings.threads};
  for (const SampledNet& s : {SampledNet{3, 1, 1e4}, SampledNet{2, 1, 1e3}, SampledNet{2, 1, 1e4},
                              SampledNet{2, 1, 1e6, 64}, SampledNet{2, 2, 1e4}})
    expect_sampled(table, s, {.leapfrogs = s.leapfrogs}, chains);
  interp::ChainSpec longer = chains;
  longer.draws = 40000;
  expect_sampled(table, {3, 1, 1e3}, {.kind = interp::SamplerKind::sgnht}, longer);
}

const ClaimEntry c18{"C18", "sampling finds the directions that the Hessian does not see", {.fixed = 3}, sampled};

}  // namespace
}  // namespace basin::experiments
