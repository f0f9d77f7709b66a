// What bases and edges of a network will take, from those of some of its rows.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/interactions/interaction_options.h"

namespace basin::experiments {

struct InteractionCost {
  RunCost run{};             // of find_interactions
  Interactions tried;        // on some rows: about as many features and edges as there will be
  bool has_features = true;  // in every node layer: edges were tried too
};
InteractionCost interaction_cost(const Options& options, const TrainedNetwork& network, const Interactions& asked);

// Of feature_labels, with the bases that were tried.
CostPart label_cost(const Options& options, const TrainedNetwork& network, const Interactions& tried, std::int64_t p);

}  // namespace basin::experiments
