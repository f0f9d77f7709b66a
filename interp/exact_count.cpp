#include "interp/exact_count.h"

#include <fmt/format.h>

#include <algorithm>

namespace basin::interp {
namespace {

constexpr std::size_t inputs_value = 0, activations_value = 1;  // of layer_values: f^0 and f^1

struct BlockFactors {
  StreamingQr activations;  // [samples, c]
  StreamingQr inputs;       // x~ where the block fires, zero elsewhere, [samples, d~]
};

struct GatedFactors {
  std::vector<BlockFactors> blocks;
  StreamingQr features;  // all blocks' gated inputs side by side, and the constant

  void merge(const GatedFactors& other) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      blocks[b].activations.merge(other.blocks[b].activations);
      blocks[b].inputs.merge(other.blocks[b].inputs);
    }
    features.merge(other.features);
  }
};

std::vector<FiringBlock> live_blocks(std::vector<FiringBlock> blocks) {
  std::erase_if(blocks, [](const FiringBlock& b) { return b.kind == BlockKind::dead; });
  return blocks;
}

// c
std::int64_t joined(const ReluNet& net, const FiringBlock& b) {
  return std::int64_t(b.neurons.size()) + joined_by_constant(net, b);
}

GatedFactors empty_factors(const ReluNet& net, const std::vector<FiringBlock>& live) {
  const std::int64_t d = net.inputs(0);
  GatedFactors factors{{}, StreamingQr(std::int64_t(live.size()) * d + net.has_bias(1))};
  for (const FiringBlock& block : live) factors.blocks.push_back({StreamingQr(joined(net, block)), StreamingQr(d)});
  return factors;
}

// The columns of f~ that belong to a block with c of them: its neurons, then the constant.
Matrix block_columns(const Matrix& f, const FiringBlock& block, std::int64_t c) {
  Matrix out({f.rows(), c}, 1.0);
  for (std::int64_t x = 0; x < f.rows(); ++x)
    for (std::size_t i = 0; i < block.neurons.size(); ++i) out(x, std::int64_t(i)) = f(x, block.neurons[i]);
  return out;
}

Matrix gated(const Matrix& x, const std::vector<std::uint64_t>& mask, std::int64_t first) {
  Matrix out = x;
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const std::int64_t sample = first + row;
    if (!(mask[sample / 64] >> (sample % 64) & 1)) std::ranges::fill(out.row(row), 0.0);
  }
  return out;
}

void add_chunk(GatedFactors& to, const Chunk& chunk, const ReluNet& net, const DenseNetwork& network,
               const FiringMasks& masks, const std::vector<FiringBlock>& live) {
  const Matrix x = augmented_activations(network, chunk, inputs_value);
  const Matrix f = augmented_activations(network, chunk, activations_value);
  Matrix features({x.rows(), std::int64_t(live.size()) * x.cols() + net.has_bias(1)}, 1.0);  // the constant is last
  for (std::size_t b = 0; b < live.size(); ++b) {
    const Matrix part = gated(x, masks.columns[live[b].neurons.front()], chunk.first);
    to.blocks[b].activations.append(block_columns(f, live[b], joined(net, live[b])));
    to.blocks[b].inputs.append(part);
    for (std::int64_t row = 0; row < x.rows(); ++row)
      std::ranges::copy(part.row(row), features.row(row).begin() + std::int64_t(b) * x.cols());
  }
  to.features.append(features);
}

std::int64_t reader_rank(const Matrix& readout, const FiringBlock& block, double tolerance) {
  Matrix part({readout.rows(), std::int64_t(block.neurons.size())});
  for (std::int64_t o = 0; o < part.rows(); ++o)
    for (std::int64_t i = 0; i < part.cols(); ++i) part(o, i) = readout(o, block.neurons[i]);
  return decide_rank(singular_values(part), tolerance).rank;
}

// k (d~ + d_out) for each dead block.
std::int64_t dead_directions(const ReluNet& net, const std::vector<FiringBlock>& blocks) {
  std::int64_t neurons = 0;
  for (const FiringBlock& block : blocks)
    if (block.kind == BlockKind::dead) neurons += std::int64_t(block.neurons.size());
  return neurons * (net.inputs(0) + net.weights[1].rows());
}

// k d~ + d_out c - s r - d_out rho + s rho.
std::int64_t live_directions(const ReluNet& net, const FiringBlock& block, const BlockFactors& factors, std::int64_t r,
                             double tolerance) {
  const std::int64_t d = net.inputs(0), d_out = net.weights[1].rows();
  const std::int64_t rho = factors.activations.rank(tolerance).rank;
  const std::int64_t s = reader_rank(net.weights[1], block, tolerance);
  return std::int64_t(block.neurons.size()) * d + d_out * joined(net, block) - s * r - d_out * rho + s * rho;
}

}  // namespace

ExactCount exact_one_hidden(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  net.validate("exact_one_hidden");
  if (net.layers() != 2)
    throw UsageError(fmt::format(
        "exact_one_hidden: a network with {} hidden layers given; wanted one; help: degeneracy bounds the count of "
        "deeper ones",
        net.layers() - 1));
  const DenseNetwork network = dense_network(net);
  const FiringMasks masks = network_factors(net, x, options.sweep).layers[0].firing;
  const std::vector<FiringBlock> blocks = firing_blocks(masks, 0), live = live_blocks(blocks);
  const GatedFactors factors =
      sweep_reduce(network.model, {{"x", x}}, layer_values(network), options.sweep, empty_factors(net, live),
                   [&](GatedFactors& to, const Chunk& chunk) { add_chunk(to, chunk, net, network, masks, live); });
  ExactCount count{.free_directions = dead_directions(net, blocks)};
  const bool held = std::ranges::any_of(live, [&](const FiringBlock& b) { return joined_by_constant(net, b); });
  std::int64_t independent = net.has_bias(1) && !held;  // the constant, unless it is in a block
  for (std::size_t b = 0; b < live.size(); ++b) {
    const std::int64_t r = factors.blocks[b].inputs.rank(options.tolerance).rank;
    count.free_directions += live_directions(net, live[b], factors.blocks[b], r, options.tolerance);
    independent += r;
  }
  count.condition = factors.features.rank(options.tolerance).rank == independent;
  return count;
}

}  // namespace basin::interp
