// J = d output / d θ in plain loops, the path of claims that must share nothing with what they check: no engine, no
// tables of layers, no scales. Decompositions of what is made here are LAPACK's of the whole matrix. Parameters are in
// the order of interp/degeneracy/parameter_moves.h.
#pragma once
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {

// J [n k, N], one parameter after the other: outputs at θ ± 1e-6 e_i. As long as no neuron is switched outputs are
// linear in each parameter, so what is left is rounding, 1e-10 of the outputs: see far_from_kinks.
Matrix difference_jacobian(const ClaimNet& net);

// J v [n, k] by the chain rule forwards, sample by sample: exact to rounding. v is [N].
Matrix derivative_along(const ClaimNet& net, std::span<const double> v);
Matrix chain_rule_jacobian(const ClaimNet& net);  // of all unit vectors, [n k, N]

// Eigenvalues of a^T a, descending: squared singular values.
std::vector<double> squared_values(const Matrix& a);

}  // namespace basin::experiments
