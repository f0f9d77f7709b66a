// The linear assignment problem (docs/theory.md §4.3).
#pragma once
#include "core/tensor.h"

namespace basin::interp {

// The largest sum of w(i, j) over assignments of all rows of a square matrix to different columns (Hungarian method
// with potentials, n³ steps). With weights >= 0 and 0 where there is no edge: the maximum-weight matching between rows
// and columns. ShapeError unless square.
double maximum_weight_assignment(const Matrix& w);

}  // namespace basin::interp
