// How the learning coefficient of a network moves over training.
#include "experiments/llc_training/llc_training_study.h"

using namespace basin::experiments;

int main(int argc, char** argv) { return run_main(argc, argv, llc_training()); }
