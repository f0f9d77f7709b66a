// What a study of fibres will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/fibre/fibre_study.h"

namespace basin::experiments {

inline const std::vector<std::string> fibre_claims{"C34", "C35"};

// Steps of training and gradients of chains are tried, decompositions along the walks counted.
RunCost fibre_cost(const FibreStudySpec& spec);

}  // namespace basin::experiments
