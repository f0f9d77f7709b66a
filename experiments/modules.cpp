// Modules of the user's own weighted layered graph: which nodes belong together, and whether a random graph would show
// as much.
#include "experiments/modules/modules_experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, declare_modules, run_modules); }
