// Figure 1 of arXiv 2405.10927 as data: directions that are free alone and not together, their volume, and what
// interactions between several of them cost.
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, free_directions()); }
