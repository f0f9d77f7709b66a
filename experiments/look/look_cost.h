// What looking will take, from looks at some rows or pairs of rows.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/look/look_study.h"

namespace basin::experiments {

RunCost look_cost(const Options& options, const LookSubject& subject, const std::vector<std::string>& asked);
// Of --planted, from one network.
RunCost planted_cost(const Options& options);

}  // namespace basin::experiments
