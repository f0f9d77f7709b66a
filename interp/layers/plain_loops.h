// A network in plain loops, which share nothing with the engine or with BLAS: slow, to check what does.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

// The pre-activations of all layers for samples x [n, d_0]: [n, d_{l+1}]. The last are the outputs.
std::vector<Matrix> plain_pre_activations(const ReluNet& net, const Matrix& x);

// (1/n) sum_x |f(x) - target(x)|^2, the behavioural loss (docs/theory.md §1.1) where the targets are outputs of
// another point of parameter space.
double plain_loss(const ReluNet& net, const Matrix& x, const Matrix& target);

// Whether the same hidden neurons of both networks, of equal widths, fire on each sample.
bool fire_alike(const ReluNet& a, const ReluNet& b, const Matrix& x);

}  // namespace basin::interp
