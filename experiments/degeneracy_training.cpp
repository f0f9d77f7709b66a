// Does training make networks more degenerate, which kind does it, and what do width and weight decay do?
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, degeneracy_training()); }
