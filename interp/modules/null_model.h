// Random graphs to hold a layered graph against (docs/theory.md §4.5).
#pragma once
#include "core/rng.h"
#include "interp/modules/layered_graph.h"

namespace basin::interp {

// A random graph with the same layers in which every node has as many edges into each neighbouring layer as before,
// and every pair of layers has the same weights. Pair by pair: two edges a-c and b-d become a-d and b-c where neither
// is there yet, 20 attempts for each edge (Maslov and Sneppen 2002); then the weights of the pair are dealt to its
// edges at random. All graphs with these degrees are equally likely in the limit of many attempts. Strengths (sums of
// weights) of single nodes are not kept; where every pair of nodes has an edge, only the weights move. The graph must
// be valid.
LayeredGraph rewired(const LayeredGraph& graph, Rng& rng);

}  // namespace basin::interp
