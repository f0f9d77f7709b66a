#include "interp/layers/relu_net_parts.h"

#include <algorithm>

#include "interp/layers/factors.h"

namespace basin::interp {
namespace {

void keep_outputs(ReluNet& net, std::int64_t layer, const std::vector<std::int64_t>& kept) {
  Matrix weight({std::int64_t(kept.size()), net.weights[layer].cols()});
  std::vector<double> bias;
  for (std::int64_t to = 0; to < weight.rows(); ++to) {
    std::ranges::copy(net.weights[layer].row(kept[to]), weight.row(to).begin());
    if (net.has_bias(layer)) bias.push_back(net.biases[layer][kept[to]]);
  }
  net.weights[layer] = std::move(weight);
  net.biases[layer] = std::move(bias);
}

void keep_inputs(ReluNet& net, std::int64_t layer, const std::vector<std::int64_t>& kept) {
  Matrix weight({net.weights[layer].rows(), std::int64_t(kept.size())});
  for (std::int64_t row = 0; row < weight.rows(); ++row)
    for (std::int64_t to = 0; to < weight.cols(); ++to) weight(row, to) = net.weights[layer](row, kept[to]);
  net.weights[layer] = std::move(weight);
}

// Puts `part` into `whole` with its first entry at (row, column).
void put(Matrix& whole, const Matrix& part, std::int64_t row, std::int64_t column) {
  for (std::int64_t i = 0; i < part.rows(); ++i) std::ranges::copy(part.row(i), whole.row(row + i).begin() + column);
}

}  // namespace

ReluNet with_neurons(ReluNet net, std::int64_t layer, const std::vector<std::int64_t>& neurons) {
  keep_outputs(net, layer, neurons);
  keep_inputs(net, layer + 1, neurons);
  return net;
}

ReluNet drop_dead(const ReluNet& net, const Matrix& x) {
  if (net.linear) return net;
  const std::vector<FiringMasks> firing = firing_masks(dense_network(net), {{"x", x}});
  ReluNet out = net;
  for (std::int64_t layer = 0; layer + 1 < net.layers(); ++layer) {
    std::vector<std::int64_t> live;
    for (std::int64_t i = 0; i < net.weights[layer].rows(); ++i)
      if (firing[layer].count(i) > 0) live.push_back(i);
    if (live.empty()) live.push_back(0);
    out = with_neurons(std::move(out), layer, live);
  }
  return out;
}

ReluNet side_by_side(std::span<const ReluNet> nets) {
  ReluNet all = nets.front();
  for (const ReluNet& net : nets.subspan(1)) {
    if (net.layers() != all.layers()) throw ShapeError("networks side by side: their numbers of layers differ");
    for (std::int64_t l = 0; l < all.layers(); ++l) {
      if (!net.has_bias(l) || !all.has_bias(l)) throw ShapeError("networks side by side: a layer has no bias");
      const Matrix &first = all.weights[l], &second = net.weights[l];
      Matrix joint({first.rows() + second.rows(), first.cols() + second.cols()});
      put(joint, first, 0, 0);
      put(joint, second, first.rows(), first.cols());
      all.weights[l] = std::move(joint);
      all.biases[l].insert(all.biases[l].end(), net.biases[l].begin(), net.biases[l].end());
    }
  }
  return all;
}

}  // namespace basin::interp
