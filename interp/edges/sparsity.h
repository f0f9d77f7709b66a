// How many interactions there are, without a cut-off (docs/theory.md §5.6).
#pragma once
#include "core/tensor.h"

namespace basin::interp {

// Edges from the feature `constant` (Basis::constant) are left out.
//
// exp of the entropy of |E| / sum |E|: m equal edges count as m, and edges that hold little of the whole count little.
// Between 1 and the number of edges; 0 if all are 0. Does not change when all edges are scaled.
double effective_edges(const Matrix& E, std::int64_t constant);

// The number of largest edges that hold this share of sum |E|; 0 if all are 0. UsageError outside 0..1.
std::int64_t edges_holding(const Matrix& E, std::int64_t constant, double share);

}  // namespace basin::interp
