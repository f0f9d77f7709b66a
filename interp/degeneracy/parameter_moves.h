// Directions of parameter space that leave a ReLU network's outputs unchanged to first order, as rows [any, N] over its
// flat parameter vector (docs/theory.md §3.2): layer by layer the weight [in, out], then the bias
// (interp/layers/relu_net.h, dense_network).
#pragma once
#include <functional>

#include "interp/degeneracy/gauge.h"

namespace basin::interp {

// Takes directions [any, N], so many at a time that they fit into a few dozen MB.
using VisitMoves = std::function<void(const Matrix& directions)>;
std::int64_t moves_at_once(std::int64_t parameters);

// The moves A^{l+1} W~^l - W^l A^l of interp/degeneracy/gauge.h, one for each free entry of A; with `centers` [by dense
// layer] in coordinates in which they are undone (LayerRanges::center). ShapeError as there.
void visit_parameter_moves(const ReluNet& net, const std::vector<FiringBlock>& blocks,
                           const std::vector<std::vector<double>>& centers, const VisitMoves& visit);
Matrix parameter_moves(const ReluNet& net, const std::vector<FiringBlock>& blocks,
                       const std::vector<std::vector<double>>& centers = {});

// u (x) v for every column u of `inputs` [d~, a] and v of `outputs` [d_out, b]: changes u v^T of one layer's weight and
// bias, [a b, d~ d_out], in the order of its slice of the parameter vector.
Matrix layer_moves(const Matrix& inputs, const Matrix& outputs);

// The blocks of all hidden layers, in order.
std::vector<FiringBlock> hidden_blocks(const ReluNet& net, const NetworkFactors& factors);

}  // namespace basin::interp
