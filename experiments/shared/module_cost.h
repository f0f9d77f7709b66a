// What a search for modules will take.
#pragma once
#include "experiments/cli/cost.h"
#include "interp/modules/modules.h"

namespace basin::experiments {

// Of interp::find_modules, from one run of Leiden on the graph and one random graph like it.
CostPart module_cost(const interp::LayeredGraph& weights, const interp::ModuleOptions& options);

}  // namespace basin::experiments
