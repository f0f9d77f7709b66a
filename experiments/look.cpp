// Looks into a trained network: values, patching, paths, ablation, the logit lens.
#include "experiments/cli/main.h"
#include "experiments/look/look_study.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, look_options, run_look); }
