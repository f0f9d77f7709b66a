// Learning coefficients by sampling, each beside an exact number: does what is behind an estimate work?
#include "experiments/cli/main.h"
#include "experiments/llc_oracles/oracle_study.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, oracle_options, run_oracles); }
