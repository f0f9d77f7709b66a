// What a study of trained networks will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/training/training_study.h"

namespace basin::experiments {

// Loads the data to see their sizes, and tries a few steps of each kind of network. Errors of load_data.
RunCost study_cost(const Options& options, const std::vector<StudySpec>& studies);

}  // namespace basin::experiments
