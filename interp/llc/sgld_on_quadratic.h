// What SGLD itself shows on K = ½ Σ h_i w_i², exactly: its steps are linear there, so its step size, temperature and
// start have closed forms (docs/theory.md §6). For tests of samplers, and for the bias beside an estimate.
//
// A step is w ← w - (ε/2) (nβ g + γ w) + N(0, ε), with g the minibatch gradient of K: h_i w_i plus noise of variance σ²
// in each coordinate. With a_i = nβ h_i + γ and ρ_i = 1 - ε a_i / 2 the variance of w_i in equilibrium is
// [1 + ε (nβ)² σ² / 4] / [a_i (1 - ε a_i / 4)], and t steps after a start at 0 it is 1 - ρ_i^{2t} of that.
#pragma once
#include <cstdint>
#include <vector>

namespace basin::interp {

struct SgldRun {
  double step = 0, nbeta = 0, gamma = 0;  // ε, nβ, γ
  double gradient_variance = 0;           // σ²
};

// 1 + ε (nβ)² σ² / 4: the temperature at which full gradients and small steps would show the same. UsageError unless
// step and nbeta are positive and the others are not negative.
double sgld_effective_temperature(const SgldRun& run);

// nβ E[K] in equilibrium. Directions of h_i = 0 count nothing. UsageError as above, for h_i < 0, and unless ε a_i < 4:
// beyond, steps grow without end.
double sgld_stationary_estimate(const std::vector<double>& curvatures, const SgldRun& run);

// The expected mean of nβ K over `draws` draws, one a step, after `burn_in` steps from w*; the first draw without
// burn-in is w* itself. UsageError as above, and unless burn_in >= 0 and draws >= 1.
double sgld_expected_estimate(const std::vector<double>& curvatures, const SgldRun& run, std::int64_t burn_in,
                              std::int64_t draws);

}  // namespace basin::interp
