// Toy models of superposition: on which polygons do features end that share a few hidden numbers?
#include "experiments/cli/main.h"
#include "experiments/superposition/superposition_study.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, superposition_options, run_superposition); }
