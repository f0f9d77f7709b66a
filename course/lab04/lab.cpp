#include "lab.h"

#include <algorithm>

namespace lab {

std::vector<Layer> forward([[maybe_unused]] const ReluNet& net, [[maybe_unused]] const Matrix& x) {
  //@ nowrong forward: without the constant nothing behind it has the right shape, and its test says so
  //@ solution forward
  std::vector<Layer> layers;
  Matrix f = x;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    Layer layer{.activations = Matrix({f.rows(), f.cols() + 1}, 1.0), .pre = matmul(f, net.weights[l], false, true)};
    for (std::int64_t i = 0; i < f.rows(); ++i) {
      std::ranges::copy(f.row(i), layer.activations.row(i).begin());
      for (std::int64_t j = 0; j < layer.pre.cols(); ++j) layer.pre(i, j) += net.biases[l][j];
    }
    f = layer.pre;
    for (double& v : f.data) v = std::max(v, 0.0);
    layers.push_back(layer);
  }
  return layers;
  //@ stub
  todo("forward", "layer by layer: (f, 1) into activations, W f + b into pre, and f = relu(pre) for the next one");
  //@ end
}

void backward([[maybe_unused]] const ReluNet& net, [[maybe_unused]] std::vector<Layer>& layers) {
  //@ solution backward
  const std::int64_t n = layers[0].pre.rows(), k = layers.back().pre.cols();
  Matrix B({n * k, k});
  for (std::int64_t row = 0; row < n * k; ++row) B(row, row % k) = 1;
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].gradients = B;
    if (l == 0) return;
    B = matmul(B, net.weights[l]);
    for (std::int64_t row = 0; row < n * k; ++row)
      for (std::int64_t j = 0; j < B.cols(); ++j)
        if (layers[l - 1].pre(row / k, j) <= 0) B(row, j) = 0;
  }
  //@ stub
  todo("backward", "from the last layer to the first: B = 1, then B = (B W) where the pre-activation before W is > 0");
  //@ end
}

Matrix jacobian([[maybe_unused]] const std::vector<Layer>& layers) {
  //@ solution jacobian
  const std::int64_t rows = layers[0].gradients.rows(), k = layers.back().pre.cols();
  std::int64_t parameters = 0, at = 0;
  for (const Layer& layer : layers) parameters += layer.activations.cols() * layer.gradients.cols();
  Matrix J({rows, parameters});
  for (const Layer& layer : layers)
    for (std::int64_t i = 0; i < layer.gradients.cols(); ++i)
      for (std::int64_t j = 0; j < layer.activations.cols(); ++j, ++at)
        for (std::int64_t row = 0; row < rows; ++row)
          J(row, at) = layer.gradients(row, i) * layer.activations(row / k, j);
  return J;
  //@ stub
  todo("jacobian", "the column of W~_ij holds B_ai(x) f~_j(x) in row (x, a); columns in the order of θ");
  //@ end
}

std::int64_t rank(const Matrix& a) { return basin::decide_rank(singular_values(a)).rank; }

LowRank low_rank([[maybe_unused]] const Layer& layer) {
  //@ solution low_rank
  const std::int64_t in = layer.activations.cols(), out = layer.gradients.cols();
  const std::int64_t r = rank(layer.activations), s = rank(layer.gradients);
  return {out * (in - r), in * (out - s), (in - r) * (out - s)};
  //@ stub
  todo("low_rank", "with r and s the ranks of activations and gradients: docs/theory.md §3.1, kinds (a) and (b)");
  //@ end
}

std::vector<FiringBlock> blocks([[maybe_unused]] const Layer& layer, [[maybe_unused]] std::int64_t l) {
  //@ solution blocks
  const std::int64_t n = layer.pre.rows();
  const auto fires = [&](std::int64_t sample, std::int64_t neuron) { return layer.pre(sample, neuron) > 0; };
  std::vector<FiringBlock> found;
  for (std::int64_t neuron = 0; neuron < layer.pre.cols(); ++neuron) {
    std::int64_t on = 0;
    for (std::int64_t i = 0; i < n; ++i) on += fires(i, neuron);
    const auto same = std::ranges::find_if(found, [&](const FiringBlock& block) {
      for (std::int64_t i = 0; i < n; ++i)
        if (fires(i, neuron) != fires(i, block.neurons[0])) return false;
      return true;
    });
    if (same == found.end()) {
      found.push_back({l, on == n ? BlockKind::always_on : on == 0 ? BlockKind::dead : BlockKind::single, {neuron}});
      continue;
    }
    same->neurons.push_back(neuron);
    if (same->kind == BlockKind::single) same->kind = BlockKind::synchronised;
  }
  return found;
  //@ stub
  todo("blocks", "put a neuron to the first block that fires on the same samples, or open a new one");
  //@ end
}

Matrix moves([[maybe_unused]] const ReluNet& net, [[maybe_unused]] const std::vector<FiringBlock>& blocks) {
  //@ solution moves
  std::vector<double> rows;
  std::vector<std::int64_t> start{0};  // of the layers in θ
  for (std::int64_t l = 0; l < net.layers(); ++l) start.push_back(start[l] + net.parameters(l));
  const auto add = [&](std::int64_t l, std::int64_t i, std::int64_t j) {
    rows.resize(rows.size() + std::size_t(start.back()));
    double* row = &rows[rows.size() - std::size_t(start.back())];
    const Matrix &in = net.weights[l], &out = net.weights[l + 1];
    const std::int64_t d = in.rows(), width = net.inputs(l), next = net.inputs(l + 1);
    for (std::int64_t c = 0; c < width; ++c)  // row i of the first layer gets row j, or the constant's (0, …, 0, 1)
      row[start[l] + i * width + c] = j == d ? c == width - 1 : c < width - 1 ? in(j, c) : net.biases[l][j];
    for (std::int64_t r = 0; r < out.rows(); ++r) row[start[l + 1] + r * next + j] = -out(r, i);
  };
  for (const FiringBlock& block : blocks) {
    if (block.kind == BlockKind::dead) continue;
    std::vector<std::int64_t> sources = block.neurons;
    if (block.kind == BlockKind::always_on) sources.push_back(net.weights[block.layer].rows());
    for (const std::int64_t i : block.neurons)
      for (const std::int64_t j : sources) add(block.layer, i, j);
  }
  return {{std::int64_t(rows.size()) / start.back(), start.back()}, rows};
  //@ stub
  todo("moves", "for each A_ij: row i of W~^l moves by row j of W~^l, column j of W~^{l+1} by minus column i");
  //@ end
}

std::int64_t beyond_low_rank(const std::vector<Layer>& layers, const Matrix& moves) {
  std::vector<Matrix> parts;
  std::int64_t columns = 0, at = 0;
  for (const Layer& layer : layers) {
    const std::int64_t out = layer.gradients.cols(), in = layer.activations.cols();
    const Matrix G = range_basis(transpose(layer.activations)), K = range_basis(transpose(layer.gradients));
    Matrix part({moves.rows(), K.cols() * G.cols()});
    for (std::int64_t m = 0; m < moves.rows(); ++m) {
      const auto from = moves.row(m).subspan(std::size_t(at), std::size_t(out * in));
      const Matrix seen = matmul(matmul(K, Matrix({out, in}, std::vector<double>(from.begin(), from.end())), true), G);
      std::ranges::copy(seen.data, part.row(m).begin());
    }
    columns += part.cols(), at += out * in;
    parts.push_back(part);
  }
  Matrix all({moves.rows(), columns});
  for (std::int64_t m = 0; m < moves.rows(); ++m) {
    auto to = all.row(m).begin();
    for (const Matrix& part : parts) to = std::ranges::copy(part.row(m), to).out;
  }
  return rank(all);
}

Count count(const ReluNet& net, const Matrix& x) {
  std::vector<Layer> layers = forward(net, x);
  backward(net, layers);
  Count c{.parameters = net.parameters(), .rank = rank(jacobian(layers))};
  std::vector<FiringBlock> all;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const LowRank low = low_rank(layers[l]);
    c.low_ranks += low.free(), c.added_up += low.activations + low.gradients;
    if (l + 1 == net.layers()) continue;
    for (const FiringBlock& block : blocks(layers[l], l)) all.push_back(block);
  }
  const Matrix kind_c = moves(net, all);
  c.synchronised = beyond_low_rank(layers, kind_c), c.added_up += kind_c.rows();
  return c;
}

namespace {

using basin::nn::Plan;
using basin::nn::Plant;
using basin::nn::PlantKind;

// Three plants of six neurons in all, in other sizes for other students.
std::vector<Plant> three_blocks(basin::Rng& rng) {
  switch (rng.below(3)) {
    case 0: return basin::nn::blocks({3, 2, 1});
    case 1: return basin::nn::blocks({1, 4, 1});
    default: return basin::nn::blocks({2, 2, 2});
  }
}

Plan plan(std::vector<std::vector<Plant>> hidden, std::int64_t input_rank = 5) {
  Plan p{.hidden = std::move(hidden), .rate = 0.1, .joint = 0.01};
  if (input_rank < p.inputs) p.input_rank = input_rank;
  return p;
}

}  // namespace

std::vector<Example> examples() {
  basin::Rng rng = student_rng("lab04 networks");
  const auto dead = [](std::int64_t size) { return Plant{.size = size, .kind = PlantKind::dead}; };
  const auto always = [](std::int64_t size) { return Plant{.size = size, .kind = PlantKind::always_on}; };
  const std::vector<Plant> singles = basin::nn::blocks({1, 1, 1, 1, 1, 1});
  const std::int64_t few = 2 + std::int64_t(rng.below(2)), some = 1 + std::int64_t(rng.below(2));
  const std::vector<std::pair<std::string, Plan>> plans{
      {"ordinary", plan({singles})},
      {"inputs", plan({singles}, few)},
      {"readers", plan({{{.size = 1}, {.size = 1}, {.size = 4, .readers = 1 + std::int64_t(rng.below(3))}}})},
      {"blocks", plan({three_blocks(rng)})},
      {"on/dead", plan({with(always(some), with(dead(3 - some), basin::nn::blocks({3, 1})))})},
      {"mixed", plan({with(always(some), with(dead(1), basin::nn::blocks({2, 2})))}, 4)},
      {"deep", plan({basin::nn::blocks({2, 2, 1}), basin::nn::blocks({2, 1, 1})})}};
  std::vector<Example> all;
  for (const auto& [name, p] : plans) {
    const basin::nn::PlantedNet planted = basin::nn::plant(p, rng.next_u64());
    all.push_back({name, p, {.weights = planted.weights, .biases = planted.biases}, planted.x});
  }
  return all;
}

}  // namespace lab
