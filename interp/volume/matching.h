// Matchings of interaction graphs (docs/theory.md §4.3): nodes are free directions u_i, an edge (i, j) is a term
// κ u_i² u_j² of the loss. The exponent of its volume is the fractional matching number, 2λ; at a finite ε the leading
// part of -log of the volume's share of the unit box is the maximum-weight fractional matching with weights ½ log(κ/ε).
// Both are the dual of how far the weights must shrink: choose a_i >= 0, the logarithms of 1/|u_i|, with
// a_i + a_j >= weight on each edge, at the least Σ a_i. Adding up the weights instead counts a hub once for each edge.
//
// A fractional matching gives each edge a number >= 0 such that they add up to at most 1 at each node. In bipartite
// graphs (layers that talk to their neighbours) the best one is an ordinary matching; with odd cycles it can be better
// by halves: a triangle of weight 1 has 1.5 against 1.
#pragma once
#include <cstdint>
#include <span>

namespace basin::interp {

struct Edge {
  std::int64_t a = 0, b = 0;
  double weight = 1;
};

// ½ max(0, log(κ/ε)): 0 for κ <= ε. UsageError unless κ >= 0 and ε > 0, both finite.
double log_weight(double kappa, double epsilon);

// All refuse (UsageError) nodes outside [0, nodes), an edge from a node to itself, and weights that are negative or not
// finite. Of parallel edges the heaviest counts.

// Largest sum over edges of a fractional matching, a multiple of ½: half the size of a maximum matching between two
// copies of the nodes. Weights are not looked at. nodes · edges steps at most.
double fractional_matching_number(std::int64_t nodes, std::span<const Edge> edges);

// Largest weight of a fractional matching: half of a maximum-weight assignment between two copies of the nodes
// (Hungarian method, nodes³ steps). UsageError beyond 2000 nodes.
double fractional_matching_weight(std::int64_t nodes, std::span<const Edge> edges);

// Largest weight of a matching that takes edges whole. Bipartite connected parts as above; other parts by trying all
// subsets of nodes, UsageError when such a part has more than 20.
double matching_weight(std::int64_t nodes, std::span<const Edge> edges);

// An interaction graph with weight κ on each edge, at ε.
struct MatchingStrength {
  double matching = 0;  // fractional_matching_weight of the logarithms: what the volume pays
  double sum = 0;       // of all logarithms: what it would pay if no two edges met
};
MatchingStrength matching_strength(std::int64_t nodes, std::span<const Edge> kappas, double epsilon);

}  // namespace basin::interp
