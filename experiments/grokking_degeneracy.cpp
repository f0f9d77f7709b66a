// Does a network that generalises get more degenerate, and when?
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, grokking_degeneracy()); }
