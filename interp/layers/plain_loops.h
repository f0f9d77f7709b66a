// A network in plain loops, which share nothing with the engine or with BLAS: slow, to check what does,
// and for what takes no time beside the rest.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

// The pre-activations of all layers for samples x [n, d_0]: [n, d_{l+1}]. The last are the outputs.
std::vector<Matrix> plain_pre_activations(const ReluNet& net, const Matrix& x);

// What enters dense layer l with the constant behind it, [n, d_l + 1]; last the outputs [n, k].
std::vector<Matrix> plain_nodes(const ReluNet& net, const Matrix& x);

// d (what enters layer `to` with its constant, or the outputs) / d (what enters layer `from`, with its constant) at one
// sample of plain_nodes, [targets, d_from + 1]: biases are weights from the constant.
Matrix plain_jacobian(const ReluNet& net, const std::vector<Matrix>& nodes, std::int64_t sample, std::int64_t from,
                      std::int64_t to);

// (1/n) sum_x |f(x) - target(x)|^2, the behavioural loss (docs/theory.md §1.1) where the targets are outputs of
// another point of parameter space.
double plain_loss(const ReluNet& net, const Matrix& x, const Matrix& target);

// Whether the same hidden neurons of both networks, of equal widths, fire on each sample; in linear ones all do.
bool fire_alike(const ReluNet& a, const ReluNet& b, const Matrix& x);

}  // namespace basin::interp
