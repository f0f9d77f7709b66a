#include "interp/gauge.h"

#include <fmt/format.h>

#include <algorithm>

namespace basin::interp {
namespace {

// One free entry A_ij of a hidden layer; j = d is the constant.
struct Entry {
  std::int64_t layer, i, j;
};

std::vector<Entry> free_entries(const ReluNet& net, const std::vector<FiringBlock>& blocks) {
  std::vector<Entry> entries;
  for (const FiringBlock& block : blocks) {
    if (block.kind == BlockKind::dead) continue;
    for (std::int64_t i : block.neurons) {
      for (std::int64_t j : block.neurons) entries.push_back({block.layer, i, j});
      if (joined_by_constant(net, block)) entries.push_back({block.layer, i, net.weights[block.layer].rows()});
    }
  }
  return entries;
}

// W~^l Q_G with the constant's row (0, …, 0, 1) Q_G below: the f^{l+1}~ as the data see them, [d_{l+1} + 1, r_l].
Matrix sources(const ReluNet& net, std::int64_t layer, const Matrix& Q) {
  const Matrix& w = net.weights[layer];
  Matrix augmented({w.rows() + 1, net.inputs(layer)});
  for (std::int64_t i = 0; i < w.rows(); ++i) {
    std::copy_n(w.row(i).begin(), w.cols(), augmented.row(i).begin());
    if (net.has_bias(layer)) augmented(i, w.cols()) = net.biases[layer][i];
  }
  if (net.has_bias(layer)) augmented(w.rows(), w.cols()) = 1;
  return matmul(augmented, Q);
}

void add_outer(std::span<double> to, double sign, std::span<const double> a, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) to[i * b.size() + j] += sign * a[i] * b[j];
}

void check(const ReluNet& net, const std::vector<LayerRanges>& ranges, const std::vector<FiringBlock>& blocks) {
  if (std::int64_t(ranges.size()) != net.layers())
    throw ShapeError(fmt::format("gauge: ranges of {} layers given; wanted {}", ranges.size(), net.layers()));
  for (std::int64_t l = 0; l < net.layers(); ++l)
    if (ranges[l].activations.shape[0] != net.inputs(l) || ranges[l].gradients.shape[0] != net.weights[l].rows())
      throw ShapeError(fmt::format("gauge: bases {} and {} given for a weight {}; wanted {} and {} rows",
                                   ranges[l].activations.shape.str(), ranges[l].gradients.shape.str(),
                                   net.weights[l].shape.str(), net.inputs(l), net.weights[l].rows()));
  for (const FiringBlock& block : blocks)
    if (block.layer < 0 || block.layer + 1 >= net.layers())
      throw ShapeError(fmt::format("gauge: a block of layer {} given; wanted hidden layers, 0 to {}", block.layer,
                                   net.layers() - 2));
}

}  // namespace

bool joined_by_constant(const ReluNet& net, const FiringBlock& block) {
  return block.kind == BlockKind::always_on && net.has_bias(block.layer) && net.has_bias(block.layer + 1);
}

std::int64_t gauge_entries(const ReluNet& net, const std::vector<FiringBlock>& blocks) {
  return std::int64_t(free_entries(net, blocks).size());
}

Matrix gauge_moves(const ReluNet& net, const std::vector<LayerRanges>& ranges, const std::vector<FiringBlock>& blocks) {
  check(net, ranges, blocks);
  std::vector<std::int64_t> start{0};
  std::vector<Matrix> source, reader;  // W~^l Q_G and (W^l)^T Q_K, [d_l, s_{l+1}]
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    start.push_back(start.back() + ranges[l].gradients.shape[1] * ranges[l].activations.shape[1]);
    source.push_back(sources(net, l, ranges[l].activations));
    reader.push_back(matmul(net.weights[l], ranges[l].gradients, true));
  }
  const std::vector<Entry> entries = free_entries(net, blocks);
  Matrix moves({std::int64_t(entries.size()), start.back()});
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const auto [l, i, j] = entries[e];
    const auto part = [&](std::int64_t layer) {
      return moves.row(std::int64_t(e)).subspan(start[layer], start[layer + 1] - start[layer]);
    };
    add_outer(part(l), 1, ranges[l].gradients.row(i), source[l].row(j));
    add_outer(part(l + 1), -1, reader[l + 1].row(i), ranges[l + 1].activations.row(j));
  }
  return moves;
}

RankDecision gauge_rank(const ReluNet& net, const std::vector<LayerRanges>& ranges,
                        const std::vector<FiringBlock>& blocks, double relative_tolerance) {
  return decide_rank(singular_values(gauge_moves(net, ranges, blocks)), relative_tolerance);
}

}  // namespace basin::interp
