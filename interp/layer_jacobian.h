// J^l, the columns of J = d output / d theta that belong to one dense layer. Its rank is what conditional low rank is
// about (docs/theory.md §3.4): at most r_l s_{l+1}, and less where a neuron's inputs have low rank on the samples that
// reach the output through it.
//
// Row sample * k + output of J^l is the Kronecker product of f~^l and B^{l+1} (docs/theory.md §2): column j d_{l+1} + i
// is input j (the constant last) of neuron i. In a ReluNet that is the layer's slice of the flat parameter vector.
#pragma once
#include "core/streaming_qr.h"
#include "interp/dense_network.h"

namespace basin::interp {

// The R factors of all J^l, in one sweep and in memory of O(sum N_l^2) for N_l parameters of layer l.
std::vector<StreamingQr> layer_jacobian_factors(const DenseNetwork& network, const Inputs& inputs,
                                                const SweepOptions& options = {});

// The R factor of all J^l side by side, [J^0, J^1, …]: of J itself for a ReluNet. Memory of O(N^2).
StreamingQr jacobian_factor(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});

}  // namespace basin::interp
