// Are interactions sparser in the interaction basis, and what does that have to do with degeneracy?
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, sparsity()); }
