#include "nn/data/planted/patterns.h"

#include <algorithm>
#include <array>
#include <functional>

#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::nn {
namespace {

Matrix layer_pre_activations(const PlantedNet& net, std::size_t layer, const Matrix& f) {
  Matrix p = matmul(f, net.weights[layer], false, true);
  for (std::int64_t x = 0; x < p.rows(); ++x)
    for (std::int64_t i = 0; i < p.cols(); ++i) p(x, i) += net.biases[layer][i];
  return p;
}

Matrix relu(Matrix p) {
  for (double& v : p.data) v = std::max(v, 0.0);
  return p;
}

std::vector<double> descending(const Matrix& p, std::int64_t column) {
  std::vector<double> values;
  for (std::int64_t x = 0; x < p.rows(); ++x) values.push_back(p(x, column));
  std::ranges::sort(values, std::greater<>());
  return values;
}

// The bias with which `neuron` of the layer fires on exactly `count` of the samples f. Its bias so far is 0.
double bias_for(const PlantedNet& net, std::size_t layer, const Matrix& f, std::int64_t neuron, std::int64_t count) {
  const std::vector<double> p = descending(layer_pre_activations(net, layer, f), neuron);
  return -(p[count - 1] + p[count]) / 2;
}

void add_layer(PlantedNet& net, std::int64_t out, std::int64_t in, Rng& rng) {
  net.weights.push_back(normal_matrix(out, in, rng));
  net.biases.emplace_back(out);
}

// Every neuron of the layer fires on a share of the samples near one half.
void centre(PlantedNet& net, std::size_t layer, const Matrix& f, Rng& rng) {
  for (std::int64_t i = 0; i < net.weights[layer].rows(); ++i)
    net.biases[layer][i] = bias_for(net, layer, f, i, std::int64_t(double(f.rows()) * rng.uniform(0.4, 0.6)));
}

PlantedNet one_hidden(std::int64_t inputs, std::int64_t outputs, Rng& rng) {
  PlantedNet net{.weights = {}, .biases = {}, .x = normal_matrix(300, inputs, rng)};
  add_layer(net, 5, inputs, rng);
  centre(net, 0, net.x, rng);
  add_layer(net, outputs, 5, rng);
  return net;
}

// The first hidden layer's block: later rows of it are near its first.
void make_block(PlantedNet& net, std::int64_t block) {
  Matrix& w = net.weights[0];
  for (std::int64_t i = 1; i < block; ++i) {
    for (std::int64_t j = 0; j < w.cols(); ++j) w(i, j) = w(0, j) + 0.2 * w(i, j);
    net.biases[0][i] = net.biases[0][0];
  }
}

// One direction of the block's outputs, its last neuron less a multiple of its first, reaches neuron 0 alone.
void hide_from_others(Matrix& readers, std::int64_t block) {
  for (std::int64_t i = 1; i < readers.rows(); ++i) readers(i, block - 1) = block == 1 ? 0.0 : 0.7 * readers(i, 0);
}

// Samples on which the block agrees and, if wanted, the reader fires only with the block.
std::vector<std::int64_t> clean(const Matrix& first, const Matrix& second, std::int64_t block, bool nested) {
  std::vector<std::int64_t> kept;
  for (std::int64_t x = 0; x < first.rows(); ++x) {
    const auto part = first.row(x).first(block);
    const auto on = std::ranges::count_if(part, [](double p) { return p > 0; });
    const bool agrees = on == 0 || on == block, inside = on > 0 || second(x, 0) <= 0;
    if (agrees && (inside || !nested)) kept.push_back(x);
  }
  return kept;
}

// Whether both columns show all four joint states on 3 % of the rows at least.
bool mixed(const Matrix& a, std::int64_t i, const Matrix& b, std::int64_t j) {
  std::array<std::int64_t, 4> states{};
  for (std::int64_t x = 0; x < a.rows(); ++x) ++states[2 * (a(x, i) > 0) + (b(x, j) > 0)];
  return std::ranges::min(states) * 100 >= 3 * a.rows();
}

// All pairs but those that are meant to be special: the block's own and, if nested, block against reader.
bool all_mixed(const Matrix& first, const Matrix& second, std::int64_t block, bool nested) {
  for (std::int64_t i = 0; i < first.cols(); ++i) {
    for (std::int64_t j = std::max(i + 1, block); j < first.cols(); ++j)
      if (!mixed(first, i, first, j)) return false;
    for (std::int64_t j = 0; j < second.cols(); ++j)
      if (!(nested && i < block && j == 0) && !mixed(first, i, second, j)) return false;
  }
  for (std::int64_t i = 0; i < second.cols(); ++i)
    for (std::int64_t j = i + 1; j < second.cols(); ++j)
      if (!mixed(second, i, second, j)) return false;
  return true;
}

}  // namespace

PlantedNet rarely_firing(std::int64_t fires, std::int64_t outputs, Rng rng) {
  PlantedNet net = one_hidden(4, outputs, rng);
  net.biases[0][0] = 0;
  net.biases[0][0] = bias_for(net, 0, net.x, 0, fires);
  return net;
}

PlantedNet complementary(std::int64_t outputs, bool always_on, Rng rng) {
  PlantedNet net = one_hidden(5, outputs, rng);
  Matrix& w = net.weights[0];
  std::vector<double>& bias = net.biases[0];
  const double scale = rng.uniform(0.5, 2);
  for (std::int64_t j = 0; j < w.cols(); ++j) w(1, j) = -scale * w(0, j);
  bias[1] = -scale * bias[0];
  if (always_on) {
    bias[4] = 0;
    bias[4] = 0.5 - descending(layer_pre_activations(net, 0, net.x), 4).back();
  }
  return net;
}

PlantedNet nested(std::int64_t block, bool inside, Rng rng) {
  constexpr std::int64_t drawn = 2000, samples = 300;
  for (;;) {
    PlantedNet net{.weights = {}, .biases = {}, .x = normal_matrix(drawn, 5, rng)};
    add_layer(net, 4, 5, rng);
    centre(net, 0, net.x, rng);
    make_block(net, block);
    const Matrix first = layer_pre_activations(net, 0, net.x);
    add_layer(net, 4, 4, rng);
    hide_from_others(net.weights[1], block);
    centre(net, 1, relu(first), rng);
    add_layer(net, 3, 4, rng);
    const Matrix second = layer_pre_activations(net, 1, relu(first));
    std::vector<std::int64_t> kept = clean(first, second, block, inside);
    if (std::int64_t(kept.size()) < samples) continue;
    kept.resize(samples);
    if (!all_mixed(rows_at(first, kept), rows_at(second, kept), block, inside)) continue;
    net.x = rows_at(net.x, kept);
    return net;
  }
}

}  // namespace basin::nn
