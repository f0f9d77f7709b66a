#include <doctest/doctest.h>

#include "core/lapack.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/layers/factors.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

Matrix orthonormal(std::int64_t rows, std::int64_t cols, const char* stream) {
  return svd(random_matrix(rows, cols, stream)).U;
}

// [rows, s.size()] with these singular values.
Matrix with_singular_values(std::int64_t rows, const std::vector<double>& s) {
  Matrix left = orthonormal(rows, std::int64_t(s.size()), "left");
  for (std::int64_t i = 0; i < left.size(); ++i) left[i] *= s[i % s.size()];
  return matmul(left, orthonormal(std::int64_t(s.size()), std::int64_t(s.size()), "right"), false, true);
}

Matrix gram_by_hand(const Matrix& rows, double samples) {
  Matrix g = matmul(rows, rows, true);
  for (double& v : g.data) v /= samples;
  return g;
}

}  // namespace

TEST_CASE("factors and Gram matrices of activations carry the constant, and agree") {
  const Matrix x = random_matrix(75, 5, "x");
  const NetworkFactors factors = network_factors(small_network({5, 8, 6, 3}, Kind::tanh), {{"x", x}}, {.chunk = 16});
  CHECK(factors.samples == 75);
  REQUIRE(factors.layers.size() == 3);
  Matrix x1({75, 6}, 1.0);
  for (std::int64_t i = 0; i < 75; ++i) std::copy_n(x.row(i).begin(), 5, x1.row(i).begin());
  CHECK(largest_difference(factors.layers[0].G, gram_by_hand(x1, 75)) < 1e-13);
  for (const LayerFactors& l : factors.layers) {
    CHECK(largest_difference(l.G, gram_by_hand(l.activations.r(), 75)) < 1e-13);
    CHECK(largest_difference(l.K, gram_by_hand(l.gradients.r(), 75)) < 1e-13);
  }
}

TEST_CASE("gradients of a linear network are products of its weights") {
  const DenseNetwork network = small_network({5, 8, 6, 3}, Kind::linear);
  const NetworkFactors factors = network_factors(network, {{"x", random_matrix(20, 5, "x")}}, {.chunk = 7});
  const Matrix w1 = network.model.parameters.tensor("layers.1.weight"),
               w2 = network.model.parameters.tensor("layers.2.weight");
  const Matrix to_out = matmul(w1, w2);  // [8, 3], the same for every sample
  CHECK(largest_difference(factors.layers[0].K, matmul(to_out, to_out, false, true)) < 1e-13);
  CHECK(largest_difference(factors.layers[1].K, matmul(w2, w2, false, true)) < 1e-13);
  CHECK(factors.layers[0].gradients.rank().rank == 3);
  CHECK(factors.layers[2].gradients.rank().rank == 3);
}

TEST_CASE("everything in the factors is equal to the bit for 1, 2 and 3 threads") {
  const DenseNetwork network = small_network({5, 8, 6, 3}, Kind::relu);
  const Inputs inputs{{"x", random_matrix(203, 5, "x")}};
  const NetworkFactors one = network_factors(network, inputs, {.chunk = 8});
  for (int threads : {2, 3}) {
    const NetworkFactors many = network_factors(network, inputs, {.chunk = 8, .threads = threads});
    for (std::size_t l = 0; l < 3; ++l) {
      CHECK(many.layers[l].activations.r().data == one.layers[l].activations.r().data);
      CHECK(many.layers[l].gradients.r().data == one.layers[l].gradients.r().data);
      CHECK(many.layers[l].G.data == one.layers[l].G.data);
      CHECK(many.layers[l].K.data == one.layers[l].K.data);
      CHECK(many.layers[l].firing.columns == one.layers[l].firing.columns);
      CHECK(many.layers[l].firing.margins == one.layers[l].firing.margins);
    }
  }
}

TEST_CASE("ranks at singular values that a Gram matrix cannot tell from zero are decided by the factor") {
  const Matrix x = with_singular_values(90, {1, 1e-3, 1e-6, 3e-9, 1e-12, 1e-12});
  const LayerFactors layer =
      network_factors(small_network({6, 4}, Kind::linear, false), {{"x", x}}, {.chunk = 16}).layers[0];
  const std::vector<double> s = layer.activations.singular_values();
  CHECK(s[2] == doctest::Approx(1e-6).epsilon(1e-6));
  CHECK(s[3] == doctest::Approx(3e-9).epsilon(1e-4));
  CHECK(s[4] == doctest::Approx(1e-12).epsilon(1e-1));
  const RankDecision decision = layer.activations.rank();
  CHECK(decision.rank == 4);
  CHECK(decision.gap > 1000);
  const std::vector<double> eigenvalues = spectrum(layer.G);
  CHECK(std::abs(eigenvalues[3] * 90 / (3e-9 * 3e-9) - 1) > 0.01);
  CHECK(eigenvalues[2] * 90 == doctest::Approx(1e-12).epsilon(1e-3));
}

TEST_CASE("firing patterns and margins are those of the pre-activations") {
  const DenseNetwork network = small_network({5, 8, 3}, Kind::relu);
  const Matrix x = random_matrix(150, 5, "x");
  const FiringMasks firing = network_factors(network, {{"x", x}}, {.chunk = 13}).layers[0].firing;
  Matrix pre = matmul(x, network.model.parameters.tensor("layers.0.weight"));
  for (double& p : pre.data) p += 0.1;
  CHECK(firing.samples == 150);
  for (std::int64_t i = 0; i < 8; ++i) {
    std::int64_t count = 0;
    double margin = INFINITY;
    for (std::int64_t s = 0; s < 150; ++s) {
      CHECK(firing.fires(s, i) == (pre(s, i) > 0));
      count += pre(s, i) > 0;
      margin = std::min(margin, std::abs(pre(s, i)));
    }
    CHECK(firing.count(i) == count);
    CHECK(firing.margins[i] == doctest::Approx(margin).epsilon(1e-9));
  }
}

TEST_CASE("dense layers are read off the graph with their places in the flat vector") {
  const DenseNetwork network = small_network({5, 8, 3}, Kind::relu);
  REQUIRE(network.layers.size() == 2);
  CHECK(network.outputs == 3);
  const DenseLayer& last = network.layers[1];
  CHECK(last.input == "layers.0.post");
  CHECK(last.pre == "layers.1.pre");
  CHECK(last.weight == "layers.1.weight");
  CHECK(last.bias == "layers.1.bias");
  CHECK(last.weight_offset == 48);
  CHECK(last.bias_offset == 72);
  CHECK(last.inputs() == 9);
  CHECK(last.parameters() == 27);
  CHECK(small_network({5, 8, 3}, Kind::relu, false).layers[1].parameters() == 24);
}

TEST_CASE("networks that are not made of dense layers alone are refused") {
  const Matrix w({4, 4}, 0.5);
  auto refuse = [&](auto&& body, const std::vector<NamedTensor>& parameters) {
    auto trace = [body](Graph& g, std::int64_t rows) {
      const Var x = g.input("x", {rows, 4}), weight = g.input("w", {4, 4});
      return Ends{g.name(body(g, x, weight), "out"), {}};
    };
    return dense_network({{trace}, parameters_from(parameters)}, "out");
  };
  auto tied = [](Graph& g, Var x, Var weight) { return dense(g.name(dense(x, weight), "pre"), weight); };
  auto scaled = [](Graph&, Var x, Var weight) { return dense(x, 2.0 * weight); };
  auto transposed = [](Graph&, Var x, Var weight) { return matmul(x, weight, false, true); };
  auto unused = [](Graph&, Var x, Var) { return tanh(x); };
  auto nameless = [](Graph&, Var x, Var weight) { return tanh(dense(tanh(x), weight)); };
  CHECK_THROWS_AS(refuse(tied, {{"w", w}}), UsageError);
  CHECK_THROWS_AS(refuse(scaled, {{"w", w}}), UsageError);
  CHECK_THROWS_AS(refuse(transposed, {{"w", w}}), UsageError);
  CHECK_THROWS_AS(refuse(unused, {{"w", w}}), UsageError);
  CHECK_THROWS_AS(refuse(unused, {}), UsageError);
  CHECK_THROWS_AS(refuse(nameless, {{"w", w}}), NameError);
}
