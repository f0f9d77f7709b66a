// Moves of parameter space that leave the outputs of a ReLU network unchanged, or nearly so, because of which neurons
// fire when (docs/theory.md §3.8): candidates for epsilon_bounds, which measures what they cost.
#pragma once
#include "interp/degeneracy/parameter_moves.h"

namespace basin::interp {

// Rows [any, N] of norm 1 (or 0, for a dead neuron without weights), coordinates as in
// interp/degeneracy/parameter_moves.h.
struct NearlyNullMoves {
  Matrix rescalings;  // A_ii of every hidden neuron, layer by layer; exactly null
  Matrix pairs;       // A_ij for every i and j that agree, and for every i that agrees with the constant
};

// Patterns agree if the samples on which both neurons fire are at least `agreement` of those on which one does; the
// constant always fires. Memory is that of sum_l d_l (d_l + 1) rows.
NearlyNullMoves nearly_null_moves(const ReluNet& net, const NetworkFactors& factors, double agreement);

}  // namespace basin::interp
