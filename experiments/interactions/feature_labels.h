// What the features of a network that calculates modulo p say of its two numbers (interp/look/fourier_labels.h).
#pragma once
#include <string>
#include <vector>

#include "experiments/interactions/interaction_options.h"

namespace basin::experiments {

using FeatureLabels = std::vector<std::vector<std::string>>;

// By node layer and feature, "97% cos(36x + 36y)"; "" for the constant, and for a feature that is 0. From its values on
// all p² inputs (x, y, "="), added up over the positions where a node layer has several. UsageError unless the network
// reads three tokens and knows p + 1.
FeatureLabels feature_labels(const Interactions& interactions, const TrainedNetwork& network, std::int64_t p);

// Before anything is computed.
void require_arithmetic(const TrainedNetwork& network, std::int64_t p);

}  // namespace basin::experiments
