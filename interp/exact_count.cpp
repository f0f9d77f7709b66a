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

bool always_on(const FiringBlock& b) { return b.kind == BlockKind::always_on; }

std::int64_t joined(const FiringBlock& b) { return std::int64_t(b.neurons.size()) + always_on(b); }

GatedFactors empty_factors(const std::vector<FiringBlock>& live, std::int64_t d) {
  GatedFactors factors{{}, StreamingQr(std::int64_t(live.size()) * d + 1)};
  for (const FiringBlock& block : live) factors.blocks.push_back({StreamingQr(joined(block)), StreamingQr(d)});
  return factors;
}

// The columns of f~ [rows, d + 1] that belong to the block.
Matrix block_columns(const Matrix& f, const FiringBlock& block) {
  Matrix out({f.rows(), joined(block)});
  for (std::int64_t x = 0; x < f.rows(); ++x) {
    for (std::size_t i = 0; i < block.neurons.size(); ++i) out(x, std::int64_t(i)) = f(x, block.neurons[i]);
    if (always_on(block)) out(x, out.cols() - 1) = 1;
  }
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

void add_chunk(GatedFactors& to, const Chunk& chunk, const DenseNetwork& network, const FiringMasks& masks,
               const std::vector<FiringBlock>& live) {
  const Matrix x = augmented_activations(network, chunk, inputs_value);
  const Matrix f = augmented_activations(network, chunk, activations_value);
  Matrix features({x.rows(), std::int64_t(live.size()) * x.cols() + 1}, 1.0);  // the constant stays, last
  for (std::size_t b = 0; b < live.size(); ++b) {
    const Matrix part = gated(x, masks.columns[live[b].neurons.front()], chunk.first);
    to.blocks[b].activations.append(block_columns(f, live[b]));
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
  return neurons * (net.weights[0].cols() + 1 + net.weights[1].rows());
}

// k d~ + d_out c - s r - d_out rho + s rho.
std::int64_t live_directions(const ReluNet& net, const FiringBlock& block, const BlockFactors& factors, std::int64_t r,
                             double tolerance) {
  const std::int64_t d = net.weights[0].cols() + 1, d_out = net.weights[1].rows();
  const std::int64_t rho = factors.activations.rank(tolerance).rank;
  const std::int64_t s = reader_rank(net.weights[1], block, tolerance);
  return std::int64_t(block.neurons.size()) * d + d_out * joined(block) - s * r - d_out * rho + s * rho;
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
  const Inputs inputs{{"x", x}};
  const FiringMasks masks = network_factors(network, inputs, options.sweep).layers[0].firing;
  const std::vector<FiringBlock> blocks = firing_blocks(masks, 0), live = live_blocks(blocks);
  const GatedFactors factors = sweep_reduce(
      network.model, inputs, layer_values(network), options.sweep, empty_factors(live, net.weights[0].cols() + 1),
      [&](GatedFactors& to, const Chunk& chunk) { add_chunk(to, chunk, network, masks, live); });
  ExactCount count{.free_directions = dead_directions(net, blocks)};
  std::int64_t independent = std::ranges::any_of(live, always_on) ? 0 : 1;  // an always-on block holds the constant
  for (std::size_t b = 0; b < live.size(); ++b) {
    const std::int64_t r = factors.blocks[b].inputs.rank(options.tolerance).rank;
    count.free_directions += live_directions(net, live[b], factors.blocks[b], r, options.tolerance);
    independent += r;
  }
  count.condition = factors.features.rank(options.tolerance).rank == independent;
  return count;
}

}  // namespace basin::interp
