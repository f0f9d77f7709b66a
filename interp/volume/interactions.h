// Losses of interaction graphs, sums of products of squares, and how their volumes shrink (docs/theory.md §4.3).
#pragma once
#include <string>
#include <vector>

#include "interp/volume/matching.h"
#include "interp/volume/volume.h"

namespace basin::interp {

// Σ κ_e u_a² u_b² over the edges, κ the weight.
Loss interaction_loss(std::vector<Edge> edges);

struct InteractionGraph {
  std::string name = {};
  std::int64_t nodes = 0;
  std::vector<Edge> edges = {};
};
// Star of 3, path of 3 edges, K_{3,2}, triangle.
std::vector<InteractionGraph> named_graphs();

// The mean slope 2 Δ log V / Δ log ε of the unit box between ε = 1e-15 and 1e-30, by splitting with 6 replicas. A
// logarithm in V costs it up to 0.04 for each power; 200 particles give an error near 0.012 sqrt(N_eff), which tells
// multiples of ½.
Measured n_eff_near_zero(const Loss& loss, std::int64_t dimension, const Rng& rng, int threads = 1,
                         std::int64_t particles = 200);

}  // namespace basin::interp
