// Singular values of large matrices by two stages (Grosser & Lang 1999): to a band by blocked Householder products,
// then from the band to two diagonals. LAPACK's one-stage reduction does half of its work in matrix-vector products,
// which wait for memory; here nearly all of it is matrix-matrix. Both are backward stable: each value is right to a few
// eps times the largest.
#pragma once
#include <vector>

#include "core/tensor.h"

namespace basin {

// From this order on the two stages are faster.
inline constexpr std::int64_t two_stage_order = 1500;

// a is square and finite; values descending. NumericalError if the last iteration does not converge.
std::vector<double> two_stage_singular_values(Matrix a);

}  // namespace basin
