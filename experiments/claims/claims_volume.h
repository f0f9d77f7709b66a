// Claims C16, C19, C20, C21 and C23 of docs/theory.md §7: volumes of losses that are sums of products of squares.
// Predictions are closed forms and matchings of interp/volume/matching.h; measurements are multilevel splitting and
// Monte Carlo on the loss as a function. They share no code.
#pragma once
#include "experiments/claims/degeneracy_claims.h"
#include "interp/volume/matching.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {

std::vector<Claim> claim_figure_one(const ClaimSettings& settings);           // C16
std::vector<Claim> claim_freedom_adds(const ClaimSettings& settings);         // C19
std::vector<Claim> claim_matching_number(const ClaimSettings& settings);      // C20
std::vector<Claim> claim_interaction_cut_off(const ClaimSettings& settings);  // C21
std::vector<Claim> claim_hub(const ClaimSettings& settings);                  // C23

// Σ κ_e u_a² u_b² over the edges, κ the weight.
interp::Loss interaction_loss(std::vector<interp::Edge> edges);

struct InteractionGraph {
  std::string name = {};
  std::int64_t nodes = 0;
  std::vector<interp::Edge> edges = {};
};
// Star of 3, path of 3 edges, K_{3,2}, triangle.
std::vector<InteractionGraph> named_graphs();

// The mean slope 2 Δ log V / Δ log ε between ε = 1e-15 and 1e-30, by splitting. A logarithm in V costs it up to 0.04
// for each power: enough to tell multiples of ½.
interp::Measured n_eff_near_zero(const interp::Loss& loss, std::int64_t dimension, const std::string& name,
                                 const ClaimSettings& settings);

}  // namespace basin::experiments
