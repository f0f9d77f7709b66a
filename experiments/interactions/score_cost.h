// What scores of a network without some of its features or interactions will take, from those of some rows.
#pragma once
#include "experiments/interactions/interaction_options.h"
#include "experiments/shared/pass_cost.h"
#include "interp/edges/schedule.h"

namespace basin::experiments {

// Rows that scores are taken on, of interactions that were tried (interaction_cost.h).
struct ScoredRows {
  const Interactions& tried;
  Inputs inputs;
  interp::Scoring scoring;
};

// Of EdgeAblation::bisect of a section, and with a schedule of its curve.
PassCost edge_score_cost(const Options& options, const ScoredRows& rows, std::int64_t section,
                         const interp::Schedule* curve);
// Of a node layer's curve and bisection.
PassCost node_score_cost(const Options& options, const ScoredRows& rows, std::int64_t layer,
                         const interp::Schedule& curve, bool orthogonal);

}  // namespace basin::experiments
