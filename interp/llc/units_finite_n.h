// One hidden layer of one or two units on scalar inputs at finite n, exactly (docs/theory.md §6.2): the tiny networks
// whose singularities are known, at and beside a point of theirs.
//
// f(x) = Σ_k a_k φ(b_k x) is linear in a, so given b the law of a is normal; what is left is an integral over b. It is
// done on panels that grow from all that is narrow: b_k = 0, b_k = ±b_j*, and b_1 = ±b_2, where two units are one.
#pragma once
#include "interp/llc/local_posterior.h"
#include "interp/llc/log_axis.h"

namespace basin::interp {

enum class UnitKind { tanh, relu };

// The law exp(-nβ K - γ/2 |w - prior mean|²), K the mean over x of (f(x) - f*(x))², f* the network at w* = (a, b).
struct UnitsLaw {
  UnitKind kind = UnitKind::tanh;
  std::vector<double> a{}, b{};  // w*, one or two units
  std::vector<double> x{};       // inputs
  double n_beta = 0, gamma = 0;
  bool around_zeros = false;  // the prior's mean: zeros, or w*
};

// nβ E[K]. UsageError unless there are one or two units, as many a as b, inputs, and nβ and γ above 0.
Integrated units_finite_n(const UnitsLaw& law);

// The same for samplers: parameters "a" and "b", the loss K.
LocalPosterior local_posterior(const UnitsLaw& law);

}  // namespace basin::interp
