// What a comparison of bases will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/sparsity/sparsity_study.h"

namespace basin::experiments {

// Trains a network of each data set for a moment and looks at it on a few rows. Errors of load_data.
RunCost sparsity_cost(const Options& options, const SparsitySpec& spec);

}  // namespace basin::experiments
