// Bases and edges as one weighted graph of features, for modules and for pictures.
#pragma once
#include "interp/basis/basis.h"
#include "interp/modules/layered_graph.h"

namespace basin::interp {

// Nodes are the features of all node layers in their order, the constants left out; weights are |E_ij|. ShapeError
// unless E fits the bases.
LayeredGraph interaction_graph(const std::vector<Basis>& bases, const std::vector<Matrix>& E);

// The feature that a node of the graph is: its column of C.
inline std::int64_t feature_of(const Basis& basis, std::int64_t node) {
  return node + (basis.constant >= 0 && node >= basis.constant);
}

}  // namespace basin::interp
