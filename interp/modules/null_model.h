// Random graphs to hold a layered graph against (docs/theory.md §4.5).
#pragma once
#include "core/rng.h"
#include "interp/modules/layered_graph.h"

namespace basin::interp {

struct NullGraph {
  LayeredGraph graph;
  // What the strengths were missed by: root mean square over the nodes of all pairs of layers of (strength - wanted) /
  // (deviation of the pair's weights · sqrt(degree)), so that weights dealt without regard to strengths have about 1.
  double strength_error = 0;
};

// A random graph with the same layers. Between every two neighbouring layers it has the same weights, and each node as
// many edges as before; up to what `strength_error` says each node has the same strength (sum of weights), and nearly
// the same sum of their squares. So what is left to chance is which strong edge meets which: modules, and nothing that
// hubs and loud nodes bring about by themselves.
//
// Ends and weights of two edges are traded, a-c and b-d for a-d and b-c, or one weight for the other, and a trade is
// taken with probability min(1, exp(-Δ/T)), where the cost adds up the squares of strength_error's terms, and the same
// for squares of weights. T falls from 3 to 1e-3, which starts far from the graph and ends near its strengths:
// simulated annealing after Milisav, Bazinet, Betzel and Misic 2025, on the trades of Maslov and Sneppen 2002. At each
// T all graphs of equal cost are equally likely. The graph must be valid.
NullGraph null_graph(const LayeredGraph& graph, Rng& rng);

}  // namespace basin::interp
