#include "interp/layers/firing_blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace basin::interp {
namespace {

BlockKind kind_of(std::int64_t fires, std::int64_t samples, std::size_t size) {
  if (fires == 0) return BlockKind::dead;
  if (fires == samples) return BlockKind::always_on;
  return size > 1 ? BlockKind::synchronised : BlockKind::single;
}

// E p^2 = w G w^T with w the row of W~ that makes the neuron, G the Gram matrix of f~.
double mean_square(const ReluNet& net, std::int64_t layer, std::int64_t neuron, const Matrix& G) {
  const std::span<const double> weights = net.weights[layer].row(neuron);
  std::vector<double> w(weights.begin(), weights.end());
  if (net.has_bias(layer)) w.push_back(net.biases[layer][neuron]);
  double total = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    for (std::size_t j = 0; j < w.size(); ++j) total += w[i] * G(i, j) * w[j];
  return total;
}

NetworkFactors with_firing_of(const ReluNet& net, NetworkFactors factors) {
  for (LayerFactors& layer : factors.layers)
    if (net.linear) layer.firing = FiringMasks::always(factors.samples, std::ssize(layer.firing.columns));
  return factors;
}

}  // namespace

std::string_view name_of(BlockKind kind) {
  switch (kind) {
    case BlockKind::synchronised: return "synchronised";
    case BlockKind::always_on: return "always_on";
    case BlockKind::dead: return "dead";
    case BlockKind::single: break;
  }
  return "single";
}

std::vector<FiringBlock> firing_blocks(const FiringMasks& masks, std::int64_t layer) {
  if (masks.samples < 1) throw UsageError("firing_blocks: no samples given; wanted 1 or more");
  std::map<std::vector<std::uint64_t>, std::size_t> place;
  std::vector<FiringBlock> blocks;
  for (std::size_t neuron = 0; neuron < masks.columns.size(); ++neuron) {
    const auto [at, is_new] = place.try_emplace(masks.columns[neuron], blocks.size());
    if (is_new) blocks.push_back({.layer = layer, .neurons = {}});
    blocks[at->second].neurons.push_back(std::int64_t(neuron));
  }
  for (FiringBlock& block : blocks)
    block.kind = kind_of(masks.count(block.neurons.front()), masks.samples, block.neurons.size());
  return blocks;
}

NetworkFactors network_factors(const ReluNet& net, const Matrix& x, const SweepOptions& options) {
  return with_firing_of(net, network_factors(dense_network(net), {{"x", x}}, options));
}

NetworkFactors network_factors(const ReluNet& net, const std::vector<FullTable>& tables) {
  return with_firing_of(net, network_factors(tables));
}

double firing_margin(const ReluNet& net, const NetworkFactors& factors) {
  double margin = std::numeric_limits<double>::infinity();
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    const LayerFactors& layer = factors.layers[l];
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i) {
      const double square = mean_square(net, l, i, layer.G);
      if (square > 0) margin = std::min(margin, layer.firing.margins[i] / std::sqrt(square));
    }
  }
  return margin;
}

}  // namespace basin::interp
