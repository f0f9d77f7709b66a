// The features of a trained network in an interaction basis, and how they interact.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, interaction_graph()); }
