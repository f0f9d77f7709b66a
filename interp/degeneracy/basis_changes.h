// Directions of parameter space that change the basis in which a traced graph keeps its values, and undo it where they
// are read: v -> v (1 + A) + c (docs/theory.md §3.13).
#pragma once
#include "interp/degeneracy/traced_spaces.h"

namespace basin::interp {

// Directions [any, N] over the flat parameter vector, of one kind.
struct MoveFamily {
  std::string label{};
  Matrix moves{};
};

// In this order, those that there are:
//   queries and keys       A of the queries of a head, -A^T of its keys
//   values and outputs     A of the values of a head
//   shared patterns        A between the values of heads that attend alike
//   rescaled neurons       A_ii of a ReLU neuron
//   synchronised neurons   A_ij of neurons that fire together
//   layer-norm gains       A_ii behind a gain
//   linear bases           A of what only linear maps write and read, such as the residual stream; before a layer norm
//                          rotations
//   key biases             c that softmax does not see
//   shifts                 other c: what one constant adds, others take back
//   layer-norm scale       A = 1 before layer norms: null but for their epsilon
std::vector<MoveFamily> basis_changes(const ModelPoint& model, const TracedSpaces& traced);

}  // namespace basin::interp
