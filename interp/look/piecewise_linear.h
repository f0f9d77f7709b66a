// Where a value bends while another moves along a straight line: the functions whose zeros are its kinks. Between two
// kinks everything on the way is linear (docs/theory.md §5.10).
#pragma once
#include <vector>

#include "autodiff/graph.h"

namespace basin::interp {

// Functions K of `from`, linear where none of them changes sign, such that `to` is linear in `from` there. By op:
//   relu, abs: the input      maximum, minimum: a - b      clamp: its input less each end
//   max, min over an axis: the largest (smallest) less each entry; those of the chosen entry are 0
//   where, of a greater, step or sign: what that compares; where the sides differ at the change, `to` jumps there
// UsageError naming the first value on the way that is anything else: a curve (softmax, gelu, layer norm, a loss), a
// product of two values that both move, a stopped gradient, a jump that is used as a number, an index that moves.
// UsageError too if `to` does not depend on `from`.
std::vector<Var> kink_functions(Var from, Var to);

}  // namespace basin::interp
