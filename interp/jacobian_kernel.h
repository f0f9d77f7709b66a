// Null spaces of J = d output / d theta and of J^l, its columns that belong to one dense layer. The rank of J^l is what
// conditional low rank is about (docs/theory.md §3.4): at most r_l s_{l+1}, and less where a neuron's inputs have low
// rank on the samples that reach the output through it.
//
// Row sample * k + output of J^l is the Kronecker product of f~^l and B^{l+1}: column j d_{l+1} + i
// is input j (the constant last) of neuron i. In a ReluNet that is the layer's slice of the flat parameter vector.
#pragma once
#include "core/rank.h"
#include "interp/dense_network.h"

namespace basin::interp {

struct JacobianKernel {
  RankDecision rank{};
  Matrix basis{};  // [columns - rank, columns], orthonormal rows that span the null space
};

// Of each J^l, as network.layers, and of all J^l side by side, [J^0, J^1, …]: of J itself for a ReluNet. One sweep;
// time and memory as jacobian_spectrum (interp/parameter_jacobian.h) of so many columns.
std::vector<JacobianKernel> layer_kernels(const DenseNetwork& network, const Inputs& inputs, double relative_tolerance,
                                          const SweepOptions& options = {});
JacobianKernel jacobian_kernel(const DenseNetwork& network, const Inputs& inputs, double relative_tolerance,
                               const SweepOptions& options = {});

}  // namespace basin::interp
