// Free directions of planted and untouched random networks, by kind: bounds against the truth, and what is left.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, degeneracy_kinds()); }
