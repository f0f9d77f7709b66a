#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "nn/mlp.h"

using namespace basin;
using namespace basin::nn;

namespace {

constexpr Activation every_activation[] = {Activation::relu,      Activation::tanh,    Activation::gelu,
                                           Activation::gelu_tanh, Activation::sigmoid, Activation::square,
                                           Activation::linear};

std::map<std::string, std::string> named_shapes(const Graph& g) {
  std::map<std::string, std::string> out;
  for (const auto& [name, id] : g.names()) out[name] = g.node(id).shape.str();
  return out;
}

void feed_sines(Program<double>& p, Var v) {
  for (std::int64_t i = 0; double& number : p.input(v)) number = std::sin(double(++i) + v.id);
}

}  // namespace

TEST_CASE("an MLP has exactly these names and shapes") {
  Graph g;
  Mlp net(g, g.input("x", {8, 4}), {.widths = {4, 6, 5, 3}});
  CHECK(named_shapes(g) == std::map<std::string, std::string>{{"x", "[8,4]"},
                                                              {"layers.0.weight", "[4,6]"},
                                                              {"layers.0.bias", "[6]"},
                                                              {"layers.0.pre", "[8,6]"},
                                                              {"layers.0.post", "[8,6]"},
                                                              {"layers.1.weight", "[6,5]"},
                                                              {"layers.1.bias", "[5]"},
                                                              {"layers.1.pre", "[8,5]"},
                                                              {"layers.1.post", "[8,5]"},
                                                              {"layers.2.weight", "[5,3]"},
                                                              {"layers.2.bias", "[3]"},
                                                              {"layers.2.pre", "[8,3]"}});
  CHECK(net.out == g["layers.2.pre"]);
  const char* order[] = {"layers.0.weight", "layers.0.bias",   "layers.1.weight",
                         "layers.1.bias",   "layers.2.weight", "layers.2.bias"};
  REQUIRE(net.params.size() == std::size(order));
  for (std::size_t i = 0; i < std::size(order); ++i) CHECK(net.params[i] == g[order[i]]);
}

TEST_CASE("without bias there are weights alone, and a prefix keeps two networks apart") {
  Graph g;
  Var x = g.input("x", {2, 3});
  Mlp net(g, x, {.widths = {3, 2}, .bias = false}), other(g, x, {.widths = {3, 2}, .bias = false}, "other.");
  CHECK(named_shapes(g) == std::map<std::string, std::string>{{"x", "[2,3]"},
                                                              {"layers.0.weight", "[3,2]"},
                                                              {"layers.0.pre", "[2,2]"},
                                                              {"other.0.weight", "[3,2]"},
                                                              {"other.0.pre", "[2,2]"}});
  CHECK_THROWS_AS(Mlp(g, x, {.widths = {3, 2}}), NameError);
}

TEST_CASE("a linear network's pre and post are one value") {
  Graph g;
  Mlp net(g, g.input("x", {2, 3}), {.widths = {3, 4, 2}, .activation = Activation::linear});
  CHECK(g["layers.0.pre"] == g["layers.0.post"]);
}

TEST_CASE("the number of parameters is that of the traced network") {
  for (bool bias : {true, false})
    for (const auto& widths : {std::vector<std::int64_t>{8, 16, 16, 4}, {1, 1}, {784, 10}}) {
      const MlpSpec spec{.widths = widths, .bias = bias};
      Graph g;
      Mlp net(g, g.input("x", {1, widths.front()}), spec);
      CHECK(Parameters<float>(g.parameters()).size() == spec.parameters());
      CHECK(net.params.size() == g.parameters().size());
    }
  CHECK(MlpSpec{.widths = {8, 16, 16, 4}}.parameters() == 484);
  CHECK(MlpSpec{.widths = {8, 16, 16, 4}, .bias = false}.parameters() == 448);
}

TEST_CASE("the network is its formula, with leading axes free") {
  for (Activation a : every_activation) {
    CAPTURE(name_of(a));
    Graph g;
    Var x = g.input("x", {2, 3, 4});
    Mlp net(g, x, {.widths = {4, 5, 2}, .activation = a});
    Var w0 = net.params[0], b0 = net.params[1], w1 = net.params[2], b1 = net.params[3];
    Var formula = matmul(activate(matmul(x, w0) + b0, a), w1) + b1;
    Program<double> p(g, {.fetch = {net.out, formula}});
    for (Var v : {x, w0, b0, w1, b1}) feed_sines(p, v);
    p.run();
    REQUIRE(net.out.shape() == Shape{2, 3, 2});
    for (std::size_t i = 0; i < 12; ++i)
      CHECK(p.view(net.out)[i] == doctest::Approx(p.view(formula)[i]).epsilon(1e-13));
  }
}

TEST_CASE("activations go by their names") {
  for (Activation a : every_activation) CHECK(activation_from(name_of(a)) == a);
  CHECK_THROWS_WITH_AS(
      activation_from("relo"),
      "activation: 'relo' given; wanted one of relu, tanh, gelu, gelu_tanh, sigmoid, square, linear; help: the "
      "nearest is 'relu'",
      UsageError);
}

TEST_CASE("bad widths are refused") {
  CHECK_THROWS_WITH_AS(MlpSpec{.widths = {4}}.validate(), "mlp: 1 widths given; wanted inputs, hidden layers, outputs",
                       UsageError);
  CHECK_THROWS_AS(MlpSpec{}.validate(), UsageError);
  CHECK_THROWS_WITH_AS((MlpSpec{.widths = {4, 0, 2}}.validate()), "mlp: a layer of width 0 was given; wanted 1 or more",
                       UsageError);
  CHECK_THROWS_AS((MlpSpec{.widths = {4, -3}}.validate()), UsageError);
  Graph g;
  CHECK_THROWS_AS(Mlp(g, g.input("x", {2, 3}), {.widths = {4, 2}}), ShapeError);
  CHECK_THROWS_AS(Mlp(g, g.input("y", {2, 3}), {.widths = {3}}), UsageError);
}
