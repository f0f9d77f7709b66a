// What a study of matched pairs will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/modularity/modularity_study.h"

namespace basin::experiments {

// Of all sizes and weight decays. An epoch of training is tried; spectra and the search for modules are counted.
RunCost modularity_cost(const Options& options, const std::vector<ModularitySpec>& specs);

}  // namespace basin::experiments
