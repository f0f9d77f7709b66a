#include "interp/degeneracy/gauge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/exact_dot.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

// W~^l Q_G with the constant's row (0, …, 0, 1) Q_G below: the f^{l+1}~ as the data see them, [d_{l+1} + 1, r_l].
Matrix sources(const ReluNet& net, std::int64_t layer, const LayerRanges& ranges) {
  Matrix augmented = centered_weight(net, layer, ranges.center);
  const std::int64_t columns = augmented.cols();
  augmented.data.resize(augmented.data.size() + columns);
  if (net.has_bias(layer)) augmented.data.back() = 1;
  augmented.shape = {augmented.shape[0] + 1, columns};
  return matmul(augmented, ranges.activations);
}

// Row j: a change of what multiplies f_j, as the data see it; the constant takes what the centre took.
Matrix input_changes(const LayerRanges& ranges) {
  Matrix changes = ranges.activations;
  for (std::size_t j = 0; j < ranges.center.size(); ++j)
    for (std::int64_t c = 0; c < changes.cols(); ++c)
      changes(std::int64_t(j), c) += ranges.center[j] * ranges.activations(ranges.activations.rows() - 1, c);
  return changes;
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
  std::int64_t entries = 0;
  for (const FiringBlock& block : blocks)
    if (block.kind != BlockKind::dead)
      entries += std::ssize(block.neurons) * (std::ssize(block.neurons) + joined_by_constant(net, block));
  return entries;
}

GaugeMoves::GaugeMoves(const ReluNet& net, const std::vector<LayerRanges>& ranges,
                       const std::vector<FiringBlock>& blocks) {
  check(net, ranges, blocks);
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    start_.push_back(start_.back() + ranges[l].gradients.shape[1] * ranges[l].activations.shape[1]);
    source_.push_back(sources(net, l, ranges[l]));
    output_.push_back(ranges[l].gradients);
    reader_.push_back(matmul(net.weights[l], ranges[l].gradients, true));
    input_.push_back(input_changes(ranges[l]));
  }
  for (const FiringBlock& block : blocks) {
    if (block.kind == BlockKind::dead) continue;
    for (std::int64_t i : block.neurons) {
      for (std::int64_t j : block.neurons) entries_.push_back({block.layer, i, j});
      if (joined_by_constant(net, block)) entries_.push_back({block.layer, i, net.weights[block.layer].rows()});
    }
  }
}

Matrix GaugeMoves::rows(std::int64_t first, std::int64_t count) const {
  Matrix moves({count, columns()});
  for (std::int64_t e = 0; e < count; ++e) {
    const auto [l, i, j] = entries_[first + e];
    const auto part = [&](std::int64_t layer) {
      return moves.row(e).subspan(start_[layer], start_[layer + 1] - start_[layer]);
    };
    add_outer(part(l), 1, output_[l].row(i), source_[l].row(j));
    add_outer(part(l + 1), -1, reader_[l + 1].row(i), input_[l + 1].row(j));
  }
  return moves;
}

std::vector<double> GaugeMoves::lengths() const {
  std::vector<double> lengths;
  for (const auto [l, i, j] : entries_)
    lengths.push_back(std::hypot(norm(output_[l].row(i)) * norm(source_[l].row(j)),
                                 norm(reader_[l + 1].row(i)) * norm(input_[l + 1].row(j))));
  return lengths;
}

RankDecision gauge_rank(const ReluNet& net, const std::vector<LayerRanges>& ranges,
                        const std::vector<FiringBlock>& blocks, const Ruler& ruler) {
  return decide_rank(singular_values(GaugeMoves(net, ranges, blocks).rows()), ruler);
}

}  // namespace basin::interp
