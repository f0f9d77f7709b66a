// What a posterior shows at finite n, exactly: the estimator's target nβ E[L - L(w*)], which reaches λ only as n grows
// (docs/theory.md §6; with multiplicity m it is λ - (m - 1)/(log n + const)). Integrals by quadrature, to 1e-6 of the
// value or NumericalError; `error` says how far half the nodes are from it.
//
// t multiplies the loss: the posterior is exp(-t K) times the prior, and the value t E[K]. So t is nβ when K is the
// loss itself; for outputs f x it is nβ E[x²] with K = f². Two linear layers: interp/llc/linear_finite_n.h.
#pragma once
#include "interp/llc/log_axis.h"

namespace basin::interp {

// K = w1^{2a} w2^{2b} under the prior N(0, 1) of both. UsageError unless a, b >= 0, one of them > 0, and t > 0.
Integrated crossing_finite_n(int a, int b, double t);

// K = Σ c_i |w_i|^{p_i} around 0 with localisation exp(-γ |w|² / 2). With γ = 0, a flat prior, the value is Σ 1/p_i at
// every t, without quadrature. UsageError unless all c_i > 0 and p_i > 0, γ >= 0, t > 0.
struct PowerTerm {
  double coefficient, power;
};
Integrated homogeneous_finite_n(const std::vector<PowerTerm>& terms, double t, double gamma);

// K = ½ Σ h_i w_i²: ½ Σ t h_i / (t h_i + γ), half of MacKay's effective number of parameters. UsageError unless all
// h_i >= 0, γ >= 0, t > 0. Directions of h_i = 0 count nothing.
double quadratic_finite_n(const std::vector<double>& curvatures, double t, double gamma);

// K = (|w|² - 1)² of d numbers under the prior N(0, 1/γ): minima on a sphere, a circle for d = 2. As t grows, 1/2.
// UsageError unless d >= 1, t > 0, γ > 0.
Integrated sphere_finite_n(int d, double t, double gamma);

}  // namespace basin::interp
