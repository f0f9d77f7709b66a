// The largest rank that J can have, whatever the parameters and the data: what a network of these sizes can show at
// most of its parameters (docs/theory.md §3.11).
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Of a ReLU network N less its hidden neurons, with biases in any of its layers or none: each neuron can be rescaled
// (functional dimension, arXiv 2209.04036). Of a linear one the dimension of the affine maps that pass its narrowest
// layer. Few data may allow less: rank J is at most samples times outputs.
std::int64_t rank_ceiling(const ReluNet& net);

}  // namespace basin::interp
