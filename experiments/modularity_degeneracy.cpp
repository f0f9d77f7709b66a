// Are modular networks more degenerate, and do more degenerate ones generalise further? Matched pairs at equal loss.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, modularity_degeneracy()); }
