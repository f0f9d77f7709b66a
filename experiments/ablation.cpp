// How many features and interactions a trained network needs.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, ablation()); }
