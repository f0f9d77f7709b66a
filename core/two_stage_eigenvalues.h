// Eigenvalues of large symmetric matrices by two stages, as singular values in core/two_stage_svd.h: to a band by
// blocked Householder products (Bischof, Lang & Sun 2000), nearly all of it matrix products that threads share, then
// from the band to three diagonals. Backward stable: each eigenvalue is right to a few eps times the largest.
#pragma once
#include <vector>

#include "core/tensor.h"

namespace basin {

// a is symmetric and finite, of which the upper triangle counts; values descending. Bit-equal for any number of
// threads. NumericalError if the last iteration does not converge.
std::vector<double> two_stage_eigenvalues(Matrix a, int threads = 1);

}  // namespace basin
