// Two linear layers at finite n, exactly (docs/theory.md §6): what interp/llc/finite_n.h is for one or two parameters.
//
// K = ‖B A - T‖² summed over entries, A [hidden, inputs] and B [outputs, hidden] under the prior N(0, 1/γ) of each
// weight, T of rank 1 with the singular value `truth`, or 0. So t = nβ if the loss is the mean over samples of the
// squared error, summed over outputs, and inputs are white.
//
// B is integrated by hand; what is left is a Wishart matrix A Aᵀ, of which only the eigenvalues are seen. Their law is
// a product of one-dimensional weights and |Π (x_i - x_j)|, and such integrals are Pfaffians of double integrals (de
// Bruijn, "On some multiple integrals involving determinants", 1955). The direction of T is free on the sphere:
// its mean is a contour integral over one more number (the constant of Bingham's law).
#pragma once
#include <cstdint>

#include "interp/llc/log_axis.h"

namespace basin::interp {

struct LinearLayers {
  std::int64_t inputs, hidden, outputs;
  double truth = 0;  // the singular value of T
};

// t E[K]; as t grows, λ of reduced_rank_coefficient at rank 0 or 1. To 30-20-30 and t = 1e12 in less than a second. The
// contour cancels what exp(-γ truth) of the prior leaves: γ truth beyond 10 or 20 is out of reach, a NumericalError.
// UsageError unless sizes >= 1, truth >= 0, t > 0, γ > 0.
Integrated linear_finite_n(const LinearLayers& layers, double t, double gamma = 1);

}  // namespace basin::interp
