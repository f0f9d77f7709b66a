// Scales rows and columns of a matrix to lengths near 1, by powers of two, so without rounding (Ruiz 2001; Sinkhorn's
// iteration). The rank does not change; a numerical rank of the result no longer depends on the units of rows and
// columns.
#pragma once
#include "core/tensor.h"

namespace basin {

inline constexpr int equilibration_steps = 5;  // each scales rows, then columns; more change little

Matrix equilibrated(Matrix a);

// 1 over the power of two next to the length; 1 for 0.
double unit_scale(double length);

}  // namespace basin
