#include "experiments/modularity/modularity_nets.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/lapack.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/factors.h"

namespace basin::experiments {
namespace {

// Puts `part` into `whole` with its first entry at (row, column).
void put(Matrix& whole, const Matrix& part, std::int64_t row, std::int64_t column) {
  for (std::int64_t i = 0; i < part.rows(); ++i) std::ranges::copy(part.row(i), whole.row(row + i).begin() + column);
}

interp::ReluNet keep_neurons(const interp::ReluNet& net, const std::vector<std::int64_t>& kept) {
  const auto width = std::int64_t(kept.size());
  interp::ReluNet out{.weights = {Matrix({width, net.weights[0].cols()}), Matrix({net.weights[1].rows(), width})},
                      .biases = {{}, net.biases[1]}};
  for (std::int64_t to = 0; to < width; ++to) {
    const std::int64_t from = kept[to];
    std::ranges::copy(net.weights[0].row(from), out.weights[0].row(to).begin());
    out.biases[0].push_back(net.biases[0][from]);
    for (std::int64_t o = 0; o < net.weights[1].rows(); ++o) out.weights[1](o, to) = net.weights[1](o, from);
  }
  return out;
}

}  // namespace

std::int64_t ModularNet::parameters() const {
  std::int64_t sum = 0;
  for (const interp::ReluNet& module : modules) sum += module.parameters();
  return sum;
}

std::int64_t ModularNet::hidden() const {
  std::int64_t sum = 0;
  for (const interp::ReluNet& module : modules) sum += module.weights[0].rows();
  return sum;
}

interp::ReluNet ModularNet::assembled() const {
  const auto blocks = std::int64_t(modules.size());
  const std::int64_t in = modules[0].weights[0].cols(), out = modules[0].weights[1].rows();
  interp::ReluNet net{.weights = {Matrix({hidden(), blocks * in}), Matrix({blocks * out, hidden()})},
                      .biases = {{}, {}}};
  for (std::int64_t i = 0, at = 0; i < blocks; at += modules[i].weights[0].rows(), ++i) {
    put(net.weights[0], modules[i].weights[0], at, i * in);
    put(net.weights[1], modules[i].weights[1], i * out, at);
    for (int l : {0, 1})
      net.biases[l].insert(net.biases[l].end(), modules[i].biases[l].begin(), modules[i].biases[l].end());
  }
  return net;
}

Matrix column_block(const Matrix& x, std::int64_t i, std::int64_t blocks) {
  const std::int64_t width = x.cols() / blocks;
  Matrix part({x.rows(), width});
  for (std::int64_t row = 0; row < x.rows(); ++row)
    std::ranges::copy(x.row(row).subspan(std::size_t(i * width), std::size_t(width)), part.row(row).begin());
  return part;
}

Matrix outputs(const interp::ReluNet& net, const Matrix& x) {
  Matrix hidden = matmul(x, net.weights[0], false, true);
  for (std::int64_t row = 0; row < hidden.rows(); ++row)
    for (std::int64_t i = 0; i < hidden.cols(); ++i) hidden(row, i) = std::max(0.0, hidden(row, i) + net.biases[0][i]);
  Matrix out = matmul(hidden, net.weights[1], false, true);
  for (std::int64_t row = 0; row < out.rows(); ++row)
    for (std::int64_t o = 0; o < out.cols(); ++o) out(row, o) += net.biases[1][o];
  return out;
}

std::vector<std::int64_t> firing_counts(const ModularNet& net, const Matrix& x) {
  std::vector<std::int64_t> counts;
  const auto blocks = std::int64_t(net.modules.size());
  for (std::int64_t i = 0; i < blocks; ++i) {
    const auto factors = network_factors(dense_network(net.modules[i]), {{"x", column_block(x, i, blocks)}});
    const interp::FiringMasks& firing = factors.layers.front().firing;
    for (std::int64_t neuron = 0; neuron < net.modules[i].weights[0].rows(); ++neuron)
      counts.push_back(firing.count(neuron));
  }
  return counts;
}

ModularNet without_dead(const ModularNet& net, const Matrix& x) {
  const std::vector<std::int64_t> counts = firing_counts(net, x);
  ModularNet out;
  std::size_t at = 0;
  for (const interp::ReluNet& module : net.modules) {
    std::vector<std::int64_t> live;
    for (std::int64_t neuron = 0; neuron < module.weights[0].rows(); ++neuron)
      if (counts[at++] > 0) live.push_back(neuron);
    if (live.empty()) live.push_back(0);  // a network has a hidden neuron
    out.modules.push_back(keep_neurons(module, live));
  }
  return out;
}

std::vector<double> jacobian_singular_values(const ModularNet& net, const Matrix& x) {
  std::vector<double> all;
  const auto blocks = std::int64_t(net.modules.size());
  for (std::int64_t i = 0; i < blocks; ++i) {
    const auto spectrum = interp::jacobian_spectrum(dense_network(net.modules[i]), {{"x", column_block(x, i, blocks)}});
    all.insert(all.end(), spectrum.singular_values.begin(), spectrum.singular_values.end());
  }
  std::ranges::sort(all, std::greater{});
  return all;
}

std::int64_t Directions::above(double cutoff) const {
  return std::ranges::count_if(eigenvalues, [&](double h) { return h > cutoff; });
}

double Directions::soft(double cutoff) const {
  double sum = 0;
  for (double h : eigenvalues) sum += h / (h + cutoff);
  return sum;
}

Directions directions(const ModularNet& net, const Matrix& x) {
  const std::vector<std::int64_t> firing = firing_counts(net, x);
  std::vector<double> values = jacobian_singular_values(net, x);
  Directions d{.parameters = net.parameters(),
               .live = std::ranges::count_if(firing, [](std::int64_t count) { return count > 0; }),
               .rank = decide_rank(values)};
  for (double& s : values) s *= s;
  d.eigenvalues = std::move(values);
  return d;
}

EqualWidths equal_widths(std::int64_t blocks, std::int64_t inputs, std::int64_t outputs, std::int64_t module_width) {
  const std::int64_t dense_each = blocks * (inputs + outputs) + 1, modules_each = blocks * (inputs + outputs + 1);
  if (module_width >= 1 && module_width * modules_each % dense_each == 0)
    return {module_width, module_width * modules_each / dense_each};
  const std::int64_t step = dense_each / std::gcd(dense_each, modules_each);
  throw UsageError(fmt::format(
      "modules of {}-{}-{} times {}: no dense network {}-H-{} has as many parameters; help: widths {}, {}, {}, … do",
      inputs, module_width, outputs, blocks, blocks * inputs, blocks * outputs, step, 2 * step, 3 * step));
}

}  // namespace basin::experiments
