// Lab 05: volumes. How much room there is below a loss of ε, and how many parameters that room says there are
// (docs/theory.md §1.1, §4.1, §4.2).
//
// A box is [-h, h]^d around the point under study, which is w = 0, where every loss here is 0. All logarithms are
// natural. N_eff(ε) = 2 d log V / d log ε, with V(ε) = vol{w in the box : L(w) < ε}.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/tensor.h"
#include "interp/volume/volume.h"

namespace lab {

using basin::interp::Box;       // {.dimension = d, .half_width = h}
using basin::interp::Loss;      // a function: std::span<const double> w [d] -> L(w) >= 0
using basin::interp::Measured;  // {value, error}, the error one standard deviation

// What a Monte Carlo run saw: of `samples` points of the box, below[i] had a loss < epsilons[i].
struct Counts {
  Box box{};
  std::vector<double> epsilons{};  // falling
  std::vector<std::int64_t> below{};
  std::int64_t samples = 0;
};

// Task count. Draws `samples` even points of the box, from rng, and looks at the loss of each once.
Counts count_below(const Loss& loss, const Box& box, const std::vector<double>& epsilons, std::int64_t samples,
                   basin::Rng& rng);

// Task volumes. log V at each ε: the logarithm of the box's volume times the share of points below. The error is that
// of a binomial count. Where no point is below: {-infinity, infinity}.
std::vector<Measured> log_volumes(const Counts& counts);

// Task slopes. The mean of N_eff between neighbours, 2 Δ log V / Δ log ε: one entry less than there are epsilons. The
// same points are counted at both ends, and the error knows it. Where no point is below the smaller ε: {NaN, infinity}.
std::vector<Measured> slopes(const Counts& counts);

// Task cross. L = κ w1² w2² in the box |w_i| <= 1, exactly, for all κ > 0 and ε > 0.
double log_volume_of_cross(double kappa, double epsilon);
double n_eff_of_cross(double kappa, double epsilon);

// Task hessian. ∂²L/∂w_i ∂w_j at w = 0 by central differences of step h: [d, d], symmetric.
basin::Matrix hessian(const Loss& loss, std::int64_t dimension, double h);

// Task limit. N_eff(ε) as ε goes to 0, for powers p_i > 0: of the product Π |w_i|^{p_i} and of the sum Σ |w_i|^{p_i}.
double limit_of_product(const std::vector<double>& powers);
double limit_of_sum(const std::vector<double>& powers);

}  // namespace lab
