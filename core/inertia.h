// How many eigenvalues of a symmetric matrix lie below a number, without computing them: as many as pivots of
// A - cutoff = L D L^T are negative (Sylvester's law of inertia). The factorisation (Bunch & Kaufman 1977, dsytrf) is
// n^3 / 3 operations, nearly all in matrix products: a quarter of what all eigenvalues take.
#pragma once
#include "core/tensor.h"

namespace basin {

// The lower triangle of `a` counts; it must be finite. Right for the eigenvalues that are further from the cut-off than
// a few eps times the largest, as counting computed eigenvalues is.
std::int64_t eigenvalues_below(Matrix a, double cutoff);

}  // namespace basin
