// Lab 06: learning coefficients by sampling, and how a sampler lies (docs/theory.md §6.3, §6.4).
//
// Around w* the local posterior is p(w) ∝ exp(-nβ (L(w) - L(w*)) - γ/2 |w - w*|²), and λ̂ = nβ (E[L(w)] - L(w*)). Draws
// of u = nβ (L(w) - L(w*)) are a Matrix [chains, draws].
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/tensor.h"
#include "landscape.h"

namespace lab {

struct Estimate {
  double value = 0, error = 0;  // one standard deviation
};

// Task step. One step of Langevin dynamics, in place: w <- w - ε/2 (nβ g + γ (w - w*)) + sqrt(ε) ξ. `gradient` is g,
// that of L at w; `noise` is ξ, normal numbers. All four have one length.
void langevin_step(std::span<double> w, std::span<const double> gradient, std::span<const double> center, double n_beta,
                   double gamma, double step, std::span<const double> noise);

// Task sgld. Chains of such steps that start at w*, chain c with the numbers of rng.stream(to_string(c)). Each step
// takes settings.batch rows of the data, drawn evenly with repeats (all rows, each once, if it is 0 or there are no
// data), and the gradient on them. A draw is nβ (L(w) - L(w*)) before the step, both on the rows of the step. The first
// warm_up steps give no draws.
basin::Matrix sgld(const LocalPosterior& posterior, const Settings& settings, const basin::Rng& rng);

// Task lambda. λ̂ and its error: the mean of u over all draws, and how far the means of chains are apart, over the root
// of the number of chains. At least two chains.
Estimate lambda_hat(const basin::Matrix& u);

// Task bowl. What SGLD shows of ½ Σ h_i w_i², in equilibrium, for all step · a_i < 4 where a_i = nβ h_i + γ: each
// direction has ½ nβ h_i / a_i, times 1 / (1 - step a_i / 4) for the step, times 1 + step (nβ)² v / 4 for a gradient
// that has the variance v in each coordinate.
double lambda_of_bowl(const std::vector<double>& h, double n_beta, double gamma, double step, double gradient_variance);

// Five lies, each of the size that one asks for, on a bowl whose curvatures are all h.
double lying_step(double ratio, double stiffness);                  // λ̂ is `ratio` > 1 times what small steps show
double lying_gamma(double ratio, double n_beta, double curvature);  // λ̂ is `ratio` < 1 times d/2
// The smallest number of steps from w* behind which E[u] is at least `share` of what it is in equilibrium, share < 1.
std::int64_t burn_in_steps(double share, double step, double stiffness);
// The number of rows, the nearest whole one, with which λ̂ is `ratio` > 1 times what all rows show.
std::int64_t lying_batch(double ratio, double step, double n_beta, double row_variance);
// How far w* must be from the minimum for λ̂ to come out as `wanted` < lambda, where lambda is right; γ is small.
double lying_baseline(double wanted, double lambda, double n_beta, double curvature);

}  // namespace lab
