// Do transformers grok modular arithmetic, and by which frequencies do they then calculate?
#include "experiments/cli/experiment.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, modular_addition()); }
