// Chains of a local posterior, and what they saw of the loss (docs/theory.md §6.4).
#pragma once
#include <functional>

#include "interp/llc/local_posterior.h"

namespace basin::interp {

enum class SamplerKind {
  sgld,  // Langevin steps on batches, never rejected: its bias is known on quadratics only (§6.3)
  hmc  // Hamiltonian trajectories on all data, accepted or not: no bias of the step; with one leapfrog step it is MALA
};

struct SamplerSpec {
  SamplerKind kind = SamplerKind::hmc;
  double step = 0;    // of sgld ε in w - ε/2 ∇U + sqrt(ε) ξ; of hmc the leapfrog step; 0: found in the warm-up
  int leapfrogs = 8;  // of hmc
  std::int64_t batch = 0;       // of sgld: rows of a step, drawn anew for each chain; 0: all
  bool control_variate = true;  // of sgld on batches: ∇ℓ_B(w) - ∇ℓ_B(w*) + ∇L(w*)
};

struct ChainSpec {
  std::int64_t chains = 8, draws = 1000, warm_up = 500;
  std::uint64_t seed = 0;
  int threads = 1;
  // Called now and then with the steps done by all chains and all that there are; one call at a time.
  std::function<void(std::int64_t done, std::int64_t all)> progress{};
};

// By chain and draw. Everything that is not in `u` says how it came about.
struct Chains {
  Matrix u;                             // nβ (L(w) - L(w*)) [chains, draws], on the same rows both; NaN: diverged
  std::vector<double> step = {};        // by chain
  std::vector<double> acceptance = {};  // by chain, behind the warm-up; 1 for sgld
  double base_loss = 0;                 // L(w*) over all data
  double top_curvature = 0;             // largest eigenvalue of the Hessian of L at w*, to 1e-3
};

// Draws behind the warm-up, in which steps are found where the spec leaves them open. All numbers depend on the seed
// and the chain alone: they are equal to the bit for any number of threads. Errors of ChainProgram; UsageError for a
// spec out of range, NumericalError where the loss at w* is not finite.
template <class T>
Chains sample(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec);

}  // namespace basin::interp
