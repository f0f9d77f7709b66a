#include "interp/degeneracy/parameter_moves.h"

#include <algorithm>

namespace basin::interp {
namespace {

// Tables [out, d~] for each layer as [d~, out], the order of the parameters.
Matrix transposed_layers(const ReluNet& net, const Matrix& tables) {
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

}  // namespace

std::vector<FiringBlock> hidden_blocks(const ReluNet& net, const NetworkFactors& factors) {
  std::vector<FiringBlock> blocks;
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l)
    for (FiringBlock& block : firing_blocks(factors.layers[l].firing, l)) blocks.push_back(std::move(block));
  return blocks;
}

std::int64_t moves_at_once(std::int64_t parameters) {
  constexpr std::int64_t numbers = std::int64_t(1) << 22;
  return std::max<std::int64_t>(1, numbers / std::max<std::int64_t>(1, parameters));
}

void visit_parameter_moves(const ReluNet& net, const std::vector<FiringBlock>& blocks,
                           const std::vector<std::vector<double>>& centers, const VisitMoves& visit) {
  std::vector<LayerRanges> whole;  // they project nothing out: a move is then a table [out, d~] for each layer
  for (std::int64_t l = 0; l < net.layers(); ++l)
    whole.push_back({identity(net.inputs(l)), identity(net.weights[l].rows()),
                     centers.empty() ? std::vector<double>{} : centers[l]});
  const GaugeMoves tables(net, whole, blocks);
  const std::int64_t step = moves_at_once(tables.columns());
  for (std::int64_t first = 0; first < tables.count(); first += step)
    visit(transposed_layers(net, tables.rows(first, std::min(step, tables.count() - first))));
}

Matrix parameter_moves(const ReluNet& net, const std::vector<FiringBlock>& blocks,
                       const std::vector<std::vector<double>>& centers) {
  std::vector<double> all;
  visit_parameter_moves(net, blocks, centers,
                        [&](const Matrix& rows) { all.insert(all.end(), rows.data.begin(), rows.data.end()); });
  const std::int64_t count = gauge_entries(net, blocks);
  return {{count, net.parameters()}, std::move(all)};
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
