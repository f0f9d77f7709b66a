// The Leiden algorithm for modularity (Traag, Waltman, van Eck 2019), by igraph (docs/theory.md §4.5). One file knows
// igraph: interp/modules/igraph_wrapper.cpp.
#pragma once
#include "interp/modules/partition.h"

namespace basin::interp {

struct LeidenResult {
  Partition partition;  // renumbered; a node without edges is a module of its own
  double quality = 0;   // modularity at the resolution asked for, as igraph counts it
};

// One run from single nodes, repeated from where it stopped until the quality no longer rises. Equal seeds give equal
// results; other seeds may find other partitions. A common factor of all weights has no influence. igraph's handlers
// and random numbers are global: runs take turns, and what they set is set back. UsageError without edges, for a node
// outside 0 … nodes-1, for weights that are not positive and finite, for a resolution that is not; NumericalError with
// igraph's reason if it fails.
LeidenResult leiden(std::int64_t nodes, const std::vector<LayeredEdge>& edges, double resolution, std::uint64_t seed);

}  // namespace basin::interp
