#include "interp/layers/relu_net_parts.h"

#include <doctest/doctest.h>

#include "core/matrix.h"
#include "core/rng.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/firing_blocks.h"
#include "interp/layers/plain_loops.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

ReluNet random_net(const std::vector<std::int64_t>& widths, std::uint64_t seed) {
  Rng rng(seed, "net");
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng));
    net.biases.push_back(normal_matrix(1, widths[l + 1], rng).data);
  }
  return net;
}

Matrix samples(std::int64_t rows, std::int64_t columns) {
  Rng rng(9, "x");
  return normal_matrix(rows, columns, rng);
}

}  // namespace

TEST_CASE("outputs are those of the engine and of plain loops, with and without biases and ReLUs") {
  ReluNet net = random_net({3, 5, 4, 2}, 7);
  net.biases[1].clear();
  const Matrix x = samples(20, 3);
  for (const bool linear : {false, true}) {
    net.linear = linear;
    const DenseNetwork network = dense_network(net);
    Matrix swept({20, 2});
    sweep(network.model, {{"x", x}}, {.fetch = {network.output}}, {},
          [&](const Chunk& chunk) { std::ranges::copy(chunk.values[0], swept.data.begin() + chunk.first * 2); });
    CHECK(largest_difference(swept, outputs(net, x)) < 1e-13);
    CHECK(largest_difference(swept, plain_pre_activations(net, x).back()) < 1e-13);
    CHECK(plain_loss(net, x, outputs(net, x)) < 1e-26);
  }
}

TEST_CASE("moving parameters moves outputs as the Jacobian says, each in its place") {
  ReluNet net = random_net({3, 5, 2}, 3);
  net.biases[0].clear();
  const Matrix x = samples(10, 3), J = parameter_jacobian(dense_network(net), {{"x", x}});
  constexpr double h = 1e-6;
  for (std::int64_t i = 0; i < net.parameters(); ++i) {
    std::vector<double> unit(net.parameters());
    unit[i] = 1;
    const Matrix up = outputs(moved(net, unit, h), x), down = outputs(moved(net, unit, -h), x);
    for (std::int64_t r = 0; r < J.rows(); ++r) CHECK(std::abs((up[r] - down[r]) / (2 * h) - J(r, i)) < 1e-8);
  }
  CHECK_THROWS_AS(moved(net, std::vector<double>(3), 1), ShapeError);
}

TEST_CASE("networks fire alike until a step crosses a kink") {
  const ReluNet net{.weights = {Matrix({1, 1}, 1.0), Matrix({1, 1}, 1.0)}, .biases = {{-1}, {-3}}};
  const Matrix x({2, 1}, std::vector<double>{0.5, 2});
  ReluNet near = net, far = net, other_output = net;
  near.biases[0] = {-0.6}, far.biases[0] = {-0.4}, other_output.biases[1] = {3};
  CHECK(fire_alike(net, near, x));
  CHECK(fire_alike(net, other_output, x));
  CHECK_FALSE(fire_alike(net, far, x));
  ReluNet linear = net, far_linear = far;
  linear.linear = far_linear.linear = true;
  CHECK(fire_alike(linear, far_linear, x));  // each neuron counts as firing
  CHECK(plain_loss(near, x, outputs(net, x)) == doctest::Approx(0.4 * 0.4 / 2));
}

TEST_CASE("firing patterns alone are those of the factors") {
  const ReluNet net = random_net({3, 5, 4, 2}, 1);
  const Matrix x = samples(300, 3);
  const std::vector<FiringMasks> alone = firing_masks(dense_network(net), {{"x", x}}, {.threads = 2});
  const NetworkFactors factors = network_factors(dense_network(net), {{"x", x}});
  REQUIRE(alone.size() == 3);
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(alone[l].columns == factors.layers[l].firing.columns);
    CHECK(alone[l].margins == factors.layers[l].firing.margins);
  }
}

TEST_CASE("dead neurons of every hidden layer go, and on the samples the function stays") {
  ReluNet net = random_net({3, 5, 4, 2}, 2);
  net.biases[0] = {1, -100, 1, 1, -100};
  net.biases[1] = {-100, 3, 3, 3};
  const Matrix x = samples(100, 3);
  const ReluNet live = drop_dead(net, x);
  CHECK(live.widths() == std::vector<std::int64_t>{3, 3, 3, 2});
  CHECK(largest_difference(outputs(net, x), outputs(live, x)) < 1e-12);
  CHECK(drop_dead(live, x).widths() == live.widths());
  net.linear = true;
  CHECK(drop_dead(net, x).widths() == net.widths());
}

TEST_CASE("a layer whose neurons are all dead keeps one, and layers without bias do too") {
  ReluNet net = random_net({3, 2, 2}, 3);
  net.biases[0] = {-100, -100};
  net.biases[1].clear();
  const Matrix x = samples(50, 3);
  CHECK(drop_dead(net, x).widths() == std::vector<std::int64_t>{3, 1, 2});
  CHECK(largest_difference(outputs(net, x), outputs(drop_dead(net, x), x)) < 1e-12);
}

TEST_CASE("networks side by side compute what each computes on its own inputs") {
  const std::vector<ReluNet> nets{random_net({3, 4, 3, 2}, 4), random_net({2, 5, 2, 1}, 5),
                                  random_net({1, 1, 1, 1}, 6)};
  const ReluNet all = side_by_side(nets);
  CHECK(all.widths() == std::vector<std::int64_t>{6, 10, 6, 4});
  const Matrix x = samples(40, 6), whole = outputs(all, x);
  CHECK(largest_difference(columns_of(whole, 0, 2), outputs(nets[0], columns_of(x, 0, 3))) < 1e-12);
  CHECK(largest_difference(columns_of(whole, 2, 1), outputs(nets[1], columns_of(x, 3, 2))) < 1e-12);
  CHECK_THROWS_AS(side_by_side(std::vector<ReluNet>{nets[0], random_net({2, 2}, 1)}), ShapeError);
  ReluNet bare = nets[1];
  bare.biases[0].clear();
  CHECK_THROWS_AS(side_by_side(std::vector<ReluNet>{nets[0], bare}), ShapeError);
}

TEST_CASE("a joint spectrum is that of all, with one cut-off") {
  const JacobianSpectrum large{.rows = 4, .parameters = 3, .singular_values = {5, 1, 0.1}},
      small{.rows = 2, .parameters = 2, .singular_values = {2, 1e-9}};
  const JacobianSpectrum joint = joint_spectrum(std::vector{large, small});
  CHECK(joint.singular_values == std::vector<double>{5, 2, 1, 0.1, 1e-9});
  CHECK(joint.rows == 6);
  CHECK(joint.parameters == 5);
  CHECK(joint.rank.rank == 4);  // 1e-9 is 2e-10 of the largest
  CHECK(decide_rank(std::vector<double>{1, 1.5e-9}).rank == 2);
}
