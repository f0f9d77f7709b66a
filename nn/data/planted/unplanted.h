// Networks in which nothing was planted: random ones as they come, and ones that chance gave nothing either.
#pragma once
#include "core/rng.h"
#include "nn/data/planted/planted.h"

namespace basin::nn {

// `samples` normal inputs; normal weights, whose standard deviation depends on the inputs of a neuron, and biases.
PlantedNet normal_net(const std::vector<std::int64_t>& widths, std::int64_t samples, Rng& rng,
                      double (*weight_deviation)(double inputs), double bias_deviation);

// The same with He weights and biases of standard deviation 0.3.
PlantedNet random_net(const std::vector<std::int64_t>& widths, std::int64_t samples, Rng rng);

// `samples` places on a line as `features` bumps side by side see them: smooth, so nearly dependent. The spectrum falls
// without a gap.
Matrix smooth_inputs(std::int64_t samples, std::int64_t features);

// 8-6-6-4, He weights, hidden biases at quantiles of the pre-activations, 2000 normal inputs; made of two modules of 3
// hidden neurons in each layer, or dense. Drawn anew until each neuron fires on 15 to 85 % of the samples and any two
// neurons are found in all four joint states on 1 % of them each.
PlantedNet filtered_net(bool modular, Rng rng);

}  // namespace basin::nn
