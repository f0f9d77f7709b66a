// What looking at degeneracy along grokking will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/grokking/grokking_study.h"

namespace basin::experiments {

// Of the measurements on networks that are trained like these, as if all of them grokked. A gradient of the chains is
// tried; decompositions and the search for edges are counted. Errors of llc_settings.
RunCost grokking_cost(const Options& options, const GrokkingSpec& spec, const std::vector<TokenTraining>& trainings);

}  // namespace basin::experiments
