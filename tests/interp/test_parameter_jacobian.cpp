#include "interp/jacobian/parameter_jacobian.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::vector<double> outputs(const ModelPoint& model, const Inputs& inputs) {
  std::vector<double> all;
  sweep(model, inputs, {.fetch = {"out"}}, {.chunk = 64},
        [&](const Chunk& c) { all.insert(all.end(), c.values[0].begin(), c.values[0].end()); });
  return all;
}

Matrix by_differences(ModelPoint model, const Inputs& inputs) {
  const double h = 1e-5;
  std::vector<std::vector<double>> columns;
  for (double& theta : model.parameters.flat()) {
    const double at = theta;
    theta = at + h;
    std::vector<double> column = outputs(model, inputs);
    theta = at - h;
    const std::vector<double> below = outputs(model, inputs);
    theta = at;
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = (column[i] - below[i]) / (2 * h);
    columns.push_back(std::move(column));
  }
  Matrix J({std::int64_t(columns[0].size()), std::int64_t(columns.size())});
  for (std::int64_t i = 0; i < J.size(); ++i) J[i] = columns[i % J.cols()][i / J.cols()];
  return J;
}

}  // namespace

TEST_CASE("the factored Jacobian equals finite differences and the engine's own") {
  const Inputs inputs{{"x", random_matrix(11, 4, "x")}};
  for (bool bias : {true, false}) {
    const DenseNetwork network = small_network({4, 6, 5, 3}, Kind::tanh, bias);
    const Matrix J = parameter_jacobian(network, inputs, {.chunk = 4});
    CHECK(J.shape == Shape{33, network.model.parameter_count()});
    CHECK(largest_difference(J, by_differences(network.model, inputs)) < 1e-8);
    CHECK(largest_difference(J, parameter_jacobian_by_engine(network.model, "out", inputs)) < 1e-13);
  }
}

TEST_CASE("a skip connection and an output that is not a layer change nothing in the formula") {
  ModelPoint model = small_model({4, 4, 3}, Kind::tanh);
  model.trace = [](Graph& g, std::int64_t rows) {
    const Var x = g.input("x", {rows, 4});
    const Var pre = g.name(dense(x, g.input("layers.0.weight", {4, 4}), g.input("layers.0.bias", {4})), "first");
    const Var post = g.name(x + tanh(pre), "post");
    const Var last = dense(post, g.input("layers.1.weight", {4, 3}), g.input("layers.1.bias", {3}));
    return Ends{g.name(softmax(g.name(last, "last")), "out"), {}};
  };
  const Inputs inputs{{"x", random_matrix(9, 4, "x")}};
  CHECK(largest_difference(parameter_jacobian(dense_network(model, "out"), inputs), by_differences(model, inputs)) <
        1e-8);
}

TEST_CASE("the spectrum is that of the whole Jacobian, with fewer rows than parameters and with more") {
  const DenseNetwork network = small_network({4, 6, 3}, Kind::relu);
  for (std::int64_t samples : {5, 17, 18, 34, 35, 400}) {
    const Inputs inputs{{"x", random_matrix(samples, 4, "x")}};
    const JacobianSpectrum s = jacobian_spectrum(network, inputs, {.chunk = 32});
    CHECK(s.rows == samples * 3);
    CHECK(s.parameters == 51);
    const std::vector<double> wanted = singular_values(parameter_jacobian(network, inputs));
    REQUIRE(s.singular_values.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      CHECK(std::abs(s.singular_values[i] - wanted[i]) < 1e-13 * wanted[0]);
  }
}

TEST_CASE("a generic ReLU network has one free direction for each hidden neuron") {
  // Many samples: a neuron that fires on a few has inputs of low rank there, and frees more.
  const Inputs inputs{{"x", random_matrix(1000, 5, "x")}};
  for (auto [widths, free] : {std::pair{std::vector<std::int64_t>{5, 6, 4}, 6}, {{5, 6, 6, 4}, 12}}) {
    const JacobianSpectrum s = jacobian_spectrum(small_network(widths, Kind::relu), inputs);
    CHECK(s.free_directions() == free);
    CHECK(s.rank.gap > 1e3);
  }
}

TEST_CASE("the spectrum is equal to the bit for 1, 2 and 3 threads") {
  const DenseNetwork network = small_network({4, 6, 3}, Kind::relu);
  const Inputs inputs{{"x", random_matrix(500, 4, "x")}};
  const std::vector<double> one = jacobian_spectrum(network, inputs, {.chunk = 8}).singular_values;
  for (int threads : {2, 3})
    CHECK(jacobian_spectrum(network, inputs, {.chunk = 8, .threads = threads}).singular_values == one);
}

TEST_CASE("the rank of the Jacobian sees inputs as small as 1e-8 and none at 1e-12") {
  // One linear layer without bias: J is the input, once for each output.
  const DenseNetwork network = small_network({3, 2}, Kind::linear, false);
  Matrix x = random_matrix(40, 3, "x");
  for (std::int64_t i = 0; i < 40; ++i) x(i, 1) *= 1e-8, x(i, 2) *= 1e-12;
  const JacobianSpectrum s = jacobian_spectrum(network, {{"x", x}}, {.chunk = 16});
  CHECK(s.rank.rank == 4);
  CHECK(s.free_directions() == 2);
  CHECK(s.rank.gap > 1e3);
  CHECK(jacobian_spectrum(network, {{"x", x}}, {}, 1e-13).rank.rank == 6);
}

TEST_CASE("an empty data set is a clear error") {
  const DenseNetwork network = small_network({3, 2}, Kind::linear);
  CHECK_THROWS_AS(jacobian_spectrum(network, {{"x", Matrix({0, 3})}}), DataError);
  CHECK_THROWS_AS(parameter_jacobian(network, {{"x", Matrix({0, 3})}}), DataError);
}
