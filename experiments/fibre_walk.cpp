// Are directions that are null at first order free (docs/theory.md §6.5)? Ranks at a network and along its fibre, and
// λ̂ between the bounds.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, fibre_walk()); }
