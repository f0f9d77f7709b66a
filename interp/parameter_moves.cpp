#include "interp/parameter_moves.h"

#include <algorithm>

namespace basin::interp {

Matrix columns_of(const Matrix& a, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = a.shape[0], stride = a.shape[1];
  Matrix out({rows, count});
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(a.data.begin() + i * stride + first, count, out.row(i).begin());
  return out;
}

std::vector<FiringBlock> hidden_blocks(const ReluNet& net, const NetworkFactors& factors) {
  std::vector<FiringBlock> blocks;
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l)
    for (FiringBlock& block : firing_blocks(factors.layers[l].firing, l)) blocks.push_back(std::move(block));
  return blocks;
}

Matrix parameter_moves(const ReluNet& net, const std::vector<FiringBlock>& blocks,
                       const std::vector<std::vector<double>>& centers) {
  std::vector<LayerRanges> whole;  // they project nothing out: a move is then a table [out, d~] for each layer
  for (std::int64_t l = 0; l < net.layers(); ++l)
    whole.push_back({identity(net.inputs(l)), identity(net.weights[l].rows()),
                     centers.empty() ? std::vector<double>{} : centers[l]});
  const Matrix tables = gauge_moves(net, whole, blocks);
  Matrix moves(tables.shape);
  for (std::int64_t e = 0; e < tables.shape[0]; ++e) {
    const double* from = tables.row(e).data();
    double* to = moves.row(e).data();
    for (std::int64_t l = 0; l < net.layers(); ++l) {
      const std::int64_t out = net.weights[l].rows(), in = net.inputs(l);
      for (std::int64_t i = 0; i < out; ++i)
        for (std::int64_t j = 0; j < in; ++j) to[j * out + i] = from[i * in + j];
      from += out * in;
      to += out * in;
    }
  }
  return moves;
}

Matrix layer_moves(const Matrix& inputs, const Matrix& outputs) {
  const std::int64_t in = inputs.shape[0], out = outputs.shape[0], a = inputs.shape[1], b = outputs.shape[1];
  Matrix moves({a * b, in * out});
  for (std::int64_t u = 0; u < a; ++u)
    for (std::int64_t v = 0; v < b; ++v) {
      double* to = moves.row(u * b + v).data();
      for (std::int64_t j = 0; j < in; ++j)
        for (std::int64_t i = 0; i < out; ++i) *to++ = inputs(j, u) * outputs(i, v);
    }
  return moves;
}

}  // namespace basin::interp
