// Losses that are sums of products of squares, and how their volumes shrink (docs/theory.md §4).
#pragma once
#include "experiments/claims/degeneracy_claims.h"
#include "interp/volume/matching.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {

// Σ κ_e u_a² u_b² over the edges, κ the weight.
interp::Loss interaction_loss(std::vector<interp::Edge> edges);

struct InteractionGraph {
  std::string name = {};
  std::int64_t nodes = 0;
  std::vector<interp::Edge> edges = {};
};
// Star of 3, path of 3 edges, K_{3,2}, triangle.
std::vector<InteractionGraph> named_graphs();

// The volume of the unit box where the loss is below each ε, by splitting. `name` is that of the stream.
interp::VolumeCurve split_volume(const interp::Loss& loss, std::int64_t dimension, std::span<const double> epsilons,
                                 const std::string& name, const ClaimSettings& settings, std::int64_t particles);

// The mean slope 2 Δ log V / Δ log ε between ε = 1e-15 and 1e-30, by splitting. A logarithm in V costs it up to 0.04
// for each power: enough to tell multiples of ½.
interp::Measured n_eff_near_zero(const interp::Loss& loss, std::int64_t dimension, const std::string& name,
                                 const ClaimSettings& settings);

}  // namespace basin::experiments
