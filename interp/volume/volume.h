// Volumes of parameters: V(ε) = vol{w in the box : L(w) < ε} and N_eff(ε) = 2 d log V / d log ε (docs/theory.md §1.1,
// §4.1, §4.2, §6). Here: closed forms and plain Monte Carlo. What is too rare for it is measured by
// interp/volume/splitting.h.
//
// The box is [-h, h]^d with the point under study, where L is 0, at its centre. All logarithms are natural.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <tuple>
#include <vector>

#include "core/rng.h"

namespace basin::interp {

// L(w) >= 0 at w [d]. It is called from several threads at once.
using Loss = std::function<double(std::span<const double> w)>;

struct Box {
  std::int64_t dimension = 0;
  double half_width = 1;

  double log_volume() const;
};

// log V and N_eff in closed form, all for ε > 0.
//
// Σ h_i w_i²: an ellipsoid, without a box (so for ε <= min h_i · half_width²). N_eff is the number of curvatures.
// UsageError when one is not positive.
double log_volume_quadratic(std::span<const double> curvatures, double epsilon);
// κ w1² w2² in the unit box, Figure 1 of the paper: V = 4t(1 + log 1/t), t = min(1, sqrt(ε/κ)); N_eff(ε) is
// 1 - 1/(1 + w), w = log_weight(κ, ε) of interp/volume/matching.h. UsageError unless κ > 0.
double log_volume_product(double kappa, double epsilon);
double n_eff_product(double kappa, double epsilon);
// κ w_1^{2 k_1} … w_d^{2 k_d} in the unit box, k_i >= 1. N_eff rises to 2λ = min 1/k_i.
// UsageError for other exponents or κ <= 0.
double log_volume_crossing(std::span<const int> exponents, double kappa, double epsilon);
double n_eff_crossing(std::span<const int> exponents, double kappa, double epsilon);

struct Measured {
  double value = 0, error = 0;  // error: one standard deviation
};
inline auto fields(Measured& m) { return std::tie(m.value, m.error); }

// Measured at falling ε. `n_eff` is the mean slope between neighbours, 2 Δ log V / Δ log ε: one entry less than
// epsilons, entry i for the stretch from epsilons[i] to epsilons[i+1].
struct VolumeCurve {
  std::vector<double> epsilons = {};
  std::vector<Measured> log_volume = {}, n_eff = {};

  std::vector<double> middles() const;  // geometric means of neighbouring ε: where to draw n_eff
  std::vector<Measured> volumes() const;
};

// How far down a curve sees anything, and its largest distance in errors from log V(ε) as it should be; 0 where no
// error is known.
struct Deviation {
  double smallest_epsilon = 1, worst = 0;
};
Deviation deviation(const VolumeCurve& curve, const std::function<double(double epsilon)>& log_volume);

// The share of `samples` points of the box below each ε, with binomial errors; where no point is, log V is -inf and
// its slope NaN. Equal to the bit for any number of threads. UsageError unless d >= 1, samples >= 1 and the ε are
// positive and fall; NumericalError when L is negative or NaN.
VolumeCurve volume_by_monte_carlo(const Loss& loss, const Box& box, std::span<const double> epsilons,
                                  std::int64_t samples, const Rng& rng, int threads = 1);

// What both estimators check.
void expect_falling(std::span<const double> epsilons);  // UsageError unless positive and falling, one or more
double checked_loss(const Loss& loss, std::span<const double> w);  // NumericalError when negative or NaN

}  // namespace basin::interp
