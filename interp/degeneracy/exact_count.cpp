#include "interp/degeneracy/exact_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/equilibrate.h"
#include "core/lapack.h"

namespace basin::interp {
namespace {

std::vector<FiringBlock> live_blocks(std::vector<FiringBlock> blocks) {
  std::erase_if(blocks, [](const FiringBlock& b) { return b.kind == BlockKind::dead; });
  return blocks;
}

// c
std::int64_t joined(const ReluNet& net, const FiringBlock& b) {
  return std::int64_t(b.neurons.size()) + joined_by_constant(net, b);
}

}  // namespace

Matrix gated(const Matrix& x, const FiringMasks& masks, const FiringBlock& block) {
  const std::int64_t neuron = block.neurons.front();
  Matrix out({masks.count(neuron), x.cols()});
  for (std::int64_t s = 0, row = 0; s < x.rows(); ++s)
    if (masks.fires(s, neuron)) std::ranges::copy(x.row(s), out.row(row++).begin());
  return out;
}

Matrix block_weight(const Subject& subject, const FiringBlock& block) {
  const Matrix all = centered_weight(subject.net(), 0, subject.jacobian.center[0]);
  const std::vector<double>& scale = subject.jacobian.input_scale[0];
  Matrix w({std::ssize(block.neurons), all.cols()});
  for (std::int64_t i = 0; i < w.rows(); ++i)
    for (std::int64_t j = 0; j < w.cols(); ++j) w(i, j) = scale[j] > 0 ? all(block.neurons[i], j) / scale[j] : 0;
  return w;
}

namespace {

// The rank of the activations of a block where it fires, W x~ and with c = k + 1 rows the constant. Rows of W are
// divided by their lengths before the inputs' span takes its part of them: what is left of a row that they do not see
// is rounding and stays so.
std::int64_t activation_rank(const Matrix& inputs, const Matrix& weight, std::int64_t c, double tolerance) {
  Matrix rows({c, weight.cols()});
  std::ranges::copy(weight.data, rows.data.begin());
  if (c > weight.rows()) rows.data.back() = 1;
  for (std::int64_t i = 0; i < c; ++i) {
    double square = 0;
    for (double v : rows.row(i)) square += v * v;
    for (double& v : rows.row(i)) v *= unit_scale(std::sqrt(square));
  }
  return decide_rank(singular_values(matmul(rows, range_basis(transpose(qr_r(inputs)), tolerance))), tolerance).rank;
}

// Of data that are exact, so that columns may be scaled to length 1.
std::int64_t exact_rank(const Matrix& rows, double tolerance) {
  Matrix r = qr_r(rows);
  std::vector<double> scale(r.shape[1]);
  for (std::int64_t i = 0; i < r.shape[0]; ++i)
    for (std::int64_t j = 0; j < r.shape[1]; ++j) scale[j] += r(i, j) * r(i, j);
  for (std::int64_t i = 0; i < r.shape[0]; ++i)
    for (std::int64_t j = 0; j < r.shape[1]; ++j) r(i, j) *= unit_scale(std::sqrt(scale[j]));
  return decide_rank(singular_values(std::move(r)), tolerance).rank;
}

// Of all blocks' gated inputs side by side, and the constant, [samples, blocks d~ + 1 or 0].
std::int64_t feature_rank(const Matrix& x, const FiringMasks& masks, const std::vector<FiringBlock>& live,
                          bool constant, double tolerance) {
  const std::int64_t columns = std::ssize(live) * x.cols() + constant;
  StreamingQr qr(columns);
  std::vector<double> row(columns, 1.0);
  for (std::int64_t s = 0; s < x.rows(); ++s) {
    for (std::size_t b = 0; b < live.size(); ++b) {
      const bool on = masks.fires(s, live[b].neurons.front());
      for (std::int64_t j = 0; j < x.cols(); ++j) row[b * x.cols() + j] = on ? x(s, j) : 0;
    }
    qr.append(Matrix({1, columns}, row));
  }
  return exact_rank(qr.r(), tolerance);
}

std::int64_t reader_rank(const Matrix& readout, const FiringBlock& block, double tolerance) {
  Matrix part({readout.rows(), std::int64_t(block.neurons.size())});
  for (std::int64_t o = 0; o < part.rows(); ++o)
    for (std::int64_t i = 0; i < part.cols(); ++i) part(o, i) = readout(o, block.neurons[i]);
  return decide_rank(singular_values(equilibrated(part)), tolerance).rank;
}

// k (d~ + d_out) for each dead block.
std::int64_t dead_directions(const ReluNet& net, const std::vector<FiringBlock>& blocks) {
  std::int64_t neurons = 0;
  for (const FiringBlock& block : blocks)
    if (block.kind == BlockKind::dead) neurons += std::int64_t(block.neurons.size());
  return neurons * (net.inputs(0) + net.weights[1].rows());
}

// k d~ + d_out c - s r - d_out rho + s rho, r the rank of the inputs where the block fires.
std::int64_t live_directions(const Subject& subject, const FiringBlock& block, const Matrix& inputs, std::int64_t r) {
  const ReluNet& net = subject.net();
  const double tolerance = subject.ruler.tolerance;
  const std::int64_t d = net.inputs(0), d_out = net.weights[1].rows(), c = joined(net, block);
  const std::int64_t rho = activation_rank(inputs, block_weight(subject, block), c, tolerance);
  const std::int64_t s = reader_rank(net.weights[1], block, tolerance);
  return std::int64_t(block.neurons.size()) * d + d_out * c - s * r - d_out * rho + s * rho;
}

}  // namespace

ExactCount exact_one_hidden(const Subject& subject) {
  const ReluNet& net = subject.net();
  if (net.layers() != 2)
    throw UsageError(fmt::format(
        "exact_one_hidden: a network with {} hidden layers given; wanted one; help: degeneracy bounds the count of "
        "deeper ones",
        net.layers() - 1));
  const FiringMasks& masks = subject.factors.layers[0].firing;
  const Matrix& x = subject.jacobian.activations[0];
  const std::vector<FiringBlock> live = live_blocks(subject.blocks);
  ExactCount count{.free_directions = dead_directions(net, subject.blocks)};
  const bool held = std::ranges::any_of(live, [&](const FiringBlock& b) { return joined_by_constant(net, b); });
  const bool constant = net.has_bias(1) && !held;  // in no block
  std::int64_t independent = constant;
  for (const FiringBlock& block : live) {
    const Matrix inputs = gated(x, masks, block);
    const std::int64_t r = exact_rank(inputs, subject.ruler.tolerance);
    count.free_directions += live_directions(subject, block, inputs, r);
    independent += r;
  }
  // As many independent features as samples or more are none: no rank is needed, of columns that may be very many.
  count.condition =
      independent <= x.rows() && feature_rank(x, masks, live, constant, subject.ruler.tolerance) == independent;
  return count;
}

ExactCount exact_one_hidden(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return exact_one_hidden(subject(net, x, options));
}

}  // namespace basin::interp
