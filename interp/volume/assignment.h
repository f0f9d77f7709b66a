// The linear assignment problem (docs/theory.md §4.3).
#pragma once
#include <vector>

#include "core/tensor.h"

namespace basin::interp {

// The column of each row in an assignment of all rows of a square matrix to different columns with the largest sum of
// w(i, j) (Hungarian method with potentials, n³ steps). With weights >= 0 and 0 where there is no edge: the
// maximum-weight matching between rows and columns. ShapeError unless square.
std::vector<std::int64_t> best_assignment(const Matrix& w);

// Its sum.
double maximum_weight_assignment(const Matrix& w);

}  // namespace basin::interp
