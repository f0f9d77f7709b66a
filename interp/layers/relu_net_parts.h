// Networks made of others: without their dead neurons, and several side by side as one.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Without the hidden neurons that fire on no sample of x [n, d_0]; one is kept where a layer has no other. On x the
// function is the same: what is gone added zeros.
ReluNet drop_dead(const ReluNet& net, const Matrix& x);

// One network that computes all of them: net i reads the i-th block of the inputs and writes the i-th block of the
// outputs, and between them are zeros. ShapeError unless they have as many layers, all with biases.
ReluNet side_by_side(std::span<const ReluNet> nets);

}  // namespace basin::interp
