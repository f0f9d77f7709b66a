#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "interp/degeneracy/degeneracy.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "lab.h"

using namespace lab;

namespace {

const std::vector<Example>& networks() {
  static const std::vector<Example> all = examples();
  return all;
}
const Example& network(const std::string& name) {
  for (const Example& e : networks())
    if (e.name == name) return e;
  throw std::logic_error("no network is called " + name);
}

// A matrix of random numbers; a product of two has the inner length for its rank.
Matrix random(std::int64_t rows, std::int64_t cols, basin::Rng& rng) {
  Matrix m({rows, cols});
  rng.fill_normal(std::span(m.data));
  return m;
}

// W~_ij of layer l: a weight, or in the last column the bias.
double& parameter(ReluNet& net, std::int64_t l, std::int64_t i, std::int64_t j) {
  return j == net.weights[l].cols() ? net.biases[l][std::size_t(i)] : net.weights[l](i, j);
}

// The derivative of all outputs, one behind the other, by one parameter; central differences.
std::vector<double> by_differences(ReluNet net, const Matrix& x, std::int64_t l, std::int64_t i, std::int64_t j) {
  constexpr double h = 1e-6;
  const double start = parameter(net, l, i, j);
  parameter(net, l, i, j) = start + h;
  std::vector<double> up = basin::interp::outputs(net, x).data;
  parameter(net, l, i, j) = start - h;
  const std::vector<double> down = basin::interp::outputs(net, x).data;
  for (std::size_t r = 0; r < up.size(); ++r) up[r] = (up[r] - down[r]) / (2 * h);
  return up;
}

// basin's own J, its columns in the order of θ of this lab: W~^l row by row.
Matrix jacobian_of_basin(const ReluNet& net, const Matrix& x) {
  const basin::interp::DenseNetwork dense = basin::interp::dense_network(net);
  const Matrix J = basin::interp::parameter_jacobian(dense, {{"x", x}});
  Matrix ours(J.shape);
  std::int64_t at = 0;
  for (const auto& layer : dense.layers)
    for (std::int64_t i = 0; i < layer.d_out; ++i)
      for (std::int64_t j = 0; j <= layer.d_in; ++j, ++at) {
        const auto from = j == layer.d_in ? layer.bias_offset + i : layer.weight_offset + j * layer.d_out + i;
        for (std::int64_t r = 0; r < J.rows(); ++r) ours(r, at) = J(r, from);
      }
  return ours;
}

std::vector<Layer> both_ways(const Example& e) {
  std::vector<Layer> layers = forward(e.net, e.x);
  backward(e.net, layers);
  return layers;
}

std::string text(const std::vector<FiringBlock>& blocks) {
  std::string all;
  for (const FiringBlock& b : blocks) {
    all += std::string(all.empty() ? "" : ", ") + std::string(basin::interp::name_of(b.kind)) + " {";
    for (const std::int64_t j : b.neurons) all += (all.back() == '{' ? "" : " ") + std::to_string(j);
    all += "}";
  }
  return all;
}

// The blocks of each hidden layer as they were planted.
std::vector<FiringBlock> planted_blocks(const Example& e, std::size_t l) {
  std::vector<FiringBlock> all;
  std::int64_t next = 0;
  for (const basin::nn::Plant& plant : e.plan.hidden[l]) {
    FiringBlock block{std::int64_t(l), plant.size > 1 ? BlockKind::synchronised : BlockKind::single, {}};
    if (plant.kind == basin::nn::PlantKind::always_on) block.kind = BlockKind::always_on;
    if (plant.kind == basin::nn::PlantKind::dead) block.kind = BlockKind::dead;
    for (std::int64_t i = 0; i < plant.size; ++i) block.neurons.push_back(next++);
    all.push_back(block);
  }
  return all;
}

}  // namespace

TEST_CASE("[1] forward: activations with their constant, and pre-activations") {
  const Example& e = network("deep");
  const std::vector<Layer> layers = forward(e.net, e.x);
  const std::vector<Matrix> f = basin::interp::activations(e.net, e.x);
  REQUIRE(layers.size() == 3);
  for (std::size_t l = 0; l < 3; ++l) {
    CAPTURE(l);
    REQUIRE_MESSAGE(layers[l].activations.cols() == f[l].cols() + 1, "given ", layers[l].activations.cols(),
                    " columns, wanted ", f[l].cols() + 1, ": the last one is the constant 1");
    REQUIRE(layers[l].pre.cols() == e.net.weights[l].rows());
    double worst = 0;
    for (std::int64_t i = 0; i < e.x.rows(); ++i) {
      for (std::int64_t j = 0; j < f[l].cols(); ++j)
        worst = std::max(worst, std::abs(layers[l].activations(i, j) - f[l](i, j)));
      worst = std::max(worst, std::abs(layers[l].activations(i, f[l].cols()) - 1));
      for (std::int64_t j = 0; j < layers[l].pre.cols(); ++j)
        worst = std::max(worst,
                         std::abs((l < 2 ? std::max(layers[l].pre(i, j), 0.0) : layers[l].pre(i, j)) - f[l + 1](i, j)));
    }
    CHECK_MESSAGE(worst < 1e-12, "off by ", worst, "; pre is W f + b before the ReLU, and f the ReLU of the last pre");
    if (l < 2)
      CHECK_MESSAGE(*std::ranges::min_element(layers[l].pre.data) < 0,
                    "no pre-activation is negative: is it after the ReLU?");
  }
}

TEST_CASE("[2] backward: the derivatives of the outputs by every pre-activation") {
  for (const char* name : {"mixed", "deep"}) {
    const Example& e = network(name);
    const std::vector<Layer> layers = both_ways(e);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Matrix& B = layers[l].gradients;
      REQUIRE_MESSAGE(B.rows() == e.x.rows() * 4, "row x k + a, for ", e.x.rows(), " samples and 4 outputs; given ",
                      B.rows());
      REQUIRE(B.cols() == e.net.weights[l].rows());
      for (std::int64_t i = 0; i < B.cols(); ++i) {  // a bias moves the pre-activation of its neuron by as much
        const std::vector<double> want = by_differences(e.net, e.x, std::int64_t(l), i, e.net.weights[l].cols());
        double worst = 0;
        for (std::int64_t r = 0; r < B.rows(); ++r) worst = std::max(worst, std::abs(B(r, i) - want[std::size_t(r)]));
        CHECK_MESSAGE(worst < 1e-6, name, ", layer ", l, ", neuron ", i, ": off by ", worst,
                      "; a neuron that does not fire passes nothing: its column is 0 on that sample");
      }
    }
  }
}

TEST_CASE("[1] jacobian: the derivatives of the outputs by every parameter, in the order of θ") {
  const Example& e = network("deep");
  const Matrix J = jacobian(both_ways(e));
  REQUIRE_MESSAGE(J.shape == basin::Shape({e.x.rows() * 4, e.net.parameters()}), "given shape ", J.shape.str());
  ReluNet net = e.net;
  std::int64_t at = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l)
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i)
      for (std::int64_t j = 0; j < net.inputs(l); ++j, ++at) {
        const std::vector<double> want = by_differences(net, e.x, l, i, j);
        double worst = 0;
        for (std::int64_t r = 0; r < J.rows(); ++r) worst = std::max(worst, std::abs(J(r, at) - want[std::size_t(r)]));
        CHECK_MESSAGE(worst < 1e-6, "column ", at, ", which is W~ of layer ", l, " at (", i, ",", j, "): off by ",
                      worst, "; columns go W~ row by row, the bias at the end of each row");
      }
}

TEST_CASE("[1] low_rank: kinds (a) and (b) of a layer, their overlap once") {
  basin::Rng rng = student_rng("lab04 layer");
  const std::int64_t r = 2 + std::int64_t(rng.below(3)), s = 1 + std::int64_t(rng.below(3));
  const Layer layer{.activations = matmul(random(60, r, rng), random(r, 6, rng)),
                    .gradients = matmul(random(120, s, rng), random(s, 5, rng))};
  const LowRank got = low_rank(layer);
  INFO("activations [60,6] of rank ", r, ", gradients [120,5] of rank ", s);
  CHECK_MESSAGE(got.activations == 5 * (6 - r), "(a): given ", got.activations, ", wanted 5 · (6 − r)");
  CHECK_MESSAGE(got.gradients == 6 * (5 - s), "(b): given ", got.gradients, ", wanted 6 · (5 − s)");
  CHECK_MESSAGE(got.free() == 30 - r * s, "both: given ", got.free(),
                ", wanted 6 · 5 − r · s: what is (a) and (b) counts once");
  const LowRank none = low_rank({.activations = random(60, 6, rng), .gradients = random(120, 5, rng)});
  CHECK_MESSAGE(none.free() == 0, "nothing depends on anything, but ", none.free(), " directions were found");
}

TEST_CASE("[2] blocks: neurons that fire together, the always-on and the dead ones as what they are") {
  for (const Example& e : networks()) {
    const std::vector<Layer> layers = forward(e.net, e.x);
    for (std::size_t l = 0; l < e.plan.hidden.size(); ++l) {
      const std::vector<FiringBlock> got = blocks(layers[l], std::int64_t(l)), want = planted_blocks(e, l);
      CHECK_MESSAGE(got == want, e.name, ", hidden layer ", l + 1, ": given ", text(got), "; planted ", text(want));
    }
  }
}

TEST_CASE("[1] moves: one for each entry of A, and none of them is seen by the outputs") {
  const Example& e = network("on/dead");
  const std::vector<FiringBlock> planted = planted_blocks(e, 0);
  std::int64_t want = 0;
  for (const FiringBlock& b : planted) {
    const std::int64_t k = std::int64_t(b.neurons.size());
    want += b.kind == BlockKind::dead ? 0 : b.kind == BlockKind::always_on ? k * (k + 1) : k * k;
  }
  const Matrix m = moves(e.net, planted), J = jacobian_of_basin(e.net, e.x);
  REQUIRE_MESSAGE(m.rows() == want, "given ", m.rows(), " moves, wanted ", want,
                  ": k², k (k + 1) always on, 0 dead, of ", text(planted));
  REQUIRE(m.cols() == e.net.parameters());
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    double length = 0, seen = 0;
    for (const double v : m.row(i)) length += v * v;
    for (std::int64_t r = 0; r < J.rows(); ++r) {
      double sum = 0;
      for (std::int64_t c = 0; c < J.cols(); ++c) sum += J(r, c) * m(i, c);
      seen = std::max(seen, std::abs(sum));
    }
    CHECK_MESSAGE(length > 1e-6, "move ", i, " moves nothing");
    CHECK_MESSAGE(seen < 1e-9, "move ", i, " changes an output by ", seen,
                  " to first order; what W~ does, the next layer takes back: − W A, and A_ij goes from row j to row i");
  }
  CHECK_MESSAGE(rank(m) == want, "moves of different entries are independent here");
}

TEST_CASE("[2] count: N − rank J is explained to the last integer, in every planted network") {
  for (const Example& e : networks()) {
    const Count got = count(e.net, e.x);
    const basin::interp::DegeneracyReport exact = basin::interp::degeneracy(e.net, e.x);
    CAPTURE(e.name);
    REQUIRE(exact.decided());
    CHECK_MESSAGE(got.free() == exact.free_directions(), "N − rank J: given ", got.free(), ", wanted ",
                  exact.free_directions());
    CHECK_MESSAGE(got.explained() == got.free(), "low ranks ", got.low_ranks, " and synchronised ", got.synchronised,
                  " do not make the ", got.free(), " free directions");
    CHECK_MESSAGE(got.synchronised == exact.gauge.rank, "rank Φ: given ", got.synchronised, ", wanted ",
                  exact.gauge.rank);
    CHECK_MESSAGE(got.added_up == exact.naive_sum(), "added up: given ", got.added_up, ", wanted ", exact.naive_sum());
  }
  CHECK_MESSAGE(count(network("ordinary").net, network("ordinary").x).free() == 6,
                "six ordinary neurons have six rescalings and nothing else");
}
