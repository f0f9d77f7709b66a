// The executable `modules`: its options and what it does.
#pragma once
#include "experiments/cli/main.h"

namespace basin::experiments {

Options declare_modules();

// Writes the run folder and says the answer on stdout. Errors: those of read_graph, weighted, find_modules, run_study;
// Interrupted after a signal.
int run_modules(const Options& options);

}  // namespace basin::experiments
