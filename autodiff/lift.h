// lift: the same values for several copies of some of what they depend on, in one program. Chains (copies of the
// parameters), gradients of each sample (copies of the parameters and one row of data each), many ablations (copies of
// an inner value), the points of a path: all are this.
#pragma once
#include <vector>

#include "autodiff/graph.h"

namespace basin {

// What `outputs` would be if each of `inputs` were replaced by copies[i], [C, own shape]: [C, own shape] each. An input
// is any value, an inner one too; copies are any values: an input that is fed, or expand(w, {C, …}) of a parameter.
// Operands that have no copies serve all. The results are ordinary values: differentiate them against the copies. Axes
// are counted from the right, so the ops themselves serve; where operands of unlike rank meet, ones stand behind C.
// ShapeError if a copy does not fit, if a value would have more than eight axes, or where lifted indices go into tables
// with leading axes; NameError for an empty handle or a value of another graph.
std::vector<Var> lift(const std::vector<Var>& outputs, const std::vector<Var>& inputs, const std::vector<Var>& copies);

}  // namespace basin
