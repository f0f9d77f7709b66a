// ReLU networks in plain loops, sharing nothing with the engine or the analyses: what measurements are held against.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::experiments {

// What enters dense layer l with the constant behind it, [n, d_l + 1]; last the outputs [n, k].
std::vector<Matrix> plain_nodes(const interp::ReluNet& net, const Matrix& x);

// d (outputs, or what enters layer `to` with its constant) / d (what enters layer `from`, with its constant) at one
// sample of plain_nodes: [targets, d_from + 1].
Matrix plain_jacobian(const interp::ReluNet& net, const std::vector<Matrix>& nodes, std::int64_t sample,
                      std::int64_t from, std::int64_t to);

// Whether each hidden neuron fires on the same samples in both.
bool fire_alike(const interp::ReluNet& a, const interp::ReluNet& b, const Matrix& x);

}  // namespace basin::experiments
