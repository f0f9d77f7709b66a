// Activations and loss gradients of every layer, by name, over a data set.
#pragma once
#include "experiments/reproduce/findings.h"

namespace basin::experiments {

// For each layer of the network in the checkpoint: pre and post, and the gradient of one sample's loss at each.
std::vector<ValueSummary> value_summaries(const interp::ReluNet& net, const nn::MlpSpec& spec, const nn::Dataset& data,
                                          int threads);

}  // namespace basin::experiments
