// A basis of the free directions of any traced model, each with the kind that explains it (docs/theory.md §3.13).
#pragma once
#include "interp/degeneracy/model_degeneracy.h"
#include "interp/degeneracy/null_space.h"

namespace basin::interp {

// Rows are orthonormal over the flat parameter vector, labels those of the families that gained them, in their order,
// then "unexplained". A residual is |J~ v| of the row, scaled to length 1 in the coordinates of J~, over the largest
// singular value of J~. Rows of a label number what its family gained at the tolerance, but for directions that end up
// above null_residual: they are listed and left out.
NullSpace model_null_space(const ModelSubject& subject);

}  // namespace basin::interp
