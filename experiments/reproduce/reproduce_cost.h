// What `reproduce` will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/reproduce/reproduce_parts.h"
#include "nn/data/dataset.h"

namespace basin::experiments {

// Its own training and measuring, and what the other experiments say. Those that look at what is trained here have
// nothing to ask yet, and are counted.
RunCost reproduce_cost(const Options& options, const nn::Split& data);

}  // namespace basin::experiments
