// How many parameters of a trained network count: its local learning coefficient, by sampling.
#include "experiments/cli/main.h"
#include "experiments/llc/llc_study.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, llc_options, run_llc); }
