// Networks made of others: with some of their neurons, without their dead ones, and several side by side as one.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Without the hidden neurons that fire on no sample of x [n, d_0]; one is kept where a layer has no other. On x the
// function is the same: what is gone added zeros.
ReluNet drop_dead(const ReluNet& net, const Matrix& x);

// Hidden layer `layer` with these of its neurons, in this order; the others are left out, and what they gave.
ReluNet with_neurons(ReluNet net, std::int64_t layer, const std::vector<std::int64_t>& neurons);

// One network that computes all of them: net i reads the i-th block of the inputs and writes the i-th block of the
// outputs, and between them are zeros. ShapeError unless they have as many layers, all with biases.
ReluNet side_by_side(std::span<const ReluNet> nets);

}  // namespace basin::interp
