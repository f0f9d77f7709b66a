// Networks read off traced graphs, whatever their values are called.
#include <doctest/doctest.h>

#include "interp/degeneracy/degeneracy_details.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

// The network as somebody else would name its values.
DenseNetwork foreign(const ReluNet& net) {
  std::vector<NamedTensor> parameters;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    parameters.push_back({"enc/w" + std::to_string(l), transpose(net.weights[l])});
    if (net.has_bias(l)) parameters.push_back({"enc/b" + std::to_string(l), {{net.weights[l].rows()}, net.biases[l]}});
  }
  const auto trace = [net](Graph& graph, std::int64_t rows) {
    Var h = graph.input("pixels", {rows, net.widths().front()});
    for (std::int64_t l = 0; l < net.layers(); ++l) {
      const std::string number = std::to_string(l);
      const Var w = graph.input("enc/w" + number, transpose(net.weights[l]).shape);
      const Var b = net.has_bias(l) ? graph.input("enc/b" + number, {net.weights[l].rows()}) : Var();
      h = graph.name(dense(h, w, b), "z" + number);
      if (l + 1 < net.layers() && !net.linear) h = graph.name(relu(h), "a" + number);
    }
    return Ends{graph.name(h, "logits"), {}};
  };
  return dense_network({{trace}, parameters_from(parameters)}, "logits");
}

// 2-2-1 with `between` after the first layer and `behind` after the last.
DenseNetwork odd(
    const std::function<Var(Var)>& between, const std::function<Var(Var)>& behind,
    const std::function<Var(Var)>& before = [](Var v) { return v; }) {
  const auto trace = [=](Graph& graph, std::int64_t rows) {
    const Var x = graph.name(before(graph.input("x", {rows, 2})), "seen");
    const Var h = graph.name(matmul(x, graph.input("u", {2, 2})), "hidden");
    const Var a = graph.name(between(h), "code");
    const Var last = graph.name(matmul(a, graph.input("v", {2, 1})), "last");
    return Ends{graph.name(behind(last), "out"), {}};
  };
  const std::vector<NamedTensor> parameters{{"u", Matrix({2, 2}, 1.0)}, {"v", Matrix({2, 1}, 1.0)}};
  return dense_network({{trace}, parameters_from(parameters)}, "out");
}

Var same(Var v) { return v; }

}  // namespace

TEST_CASE("a network read off a graph with other names has the numbers of the one from a file") {
  for (const char* name : {"c4", "c10_three_layers"}) {
    const GoldenData data = golden_named(name);
    const ReluNet net = relu_net(foreign(data.net));
    CHECK_FALSE(net.linear);
    CHECK(net.biases == data.net.biases);
    CHECK(to_json(degeneracy(net, data.x)) == to_json(degeneracy(data.net, data.x)));
  }
}

TEST_CASE("linear networks and layers without biases are read off graphs") {
  GoldenData data = golden_named("c4");
  data.net.linear = true;
  data.net.biases[0].clear();
  const ReluNet net = relu_net(foreign(data.net));
  CHECK(net.linear);
  CHECK_FALSE(net.has_bias(0));
  CHECK(net.has_bias(1));
  CHECK(to_json(degeneracy(net, data.x)) == to_json(degeneracy(data.net, data.x)));
  CHECK_FALSE(relu_net(small_network({3, 2}, Kind::relu)).linear);  // one layer: nothing between
  CHECK(relu_net(small_network({3, 4, 4, 2}, Kind::linear, false)).parameters() == 3 * 4 + 4 * 4 + 4 * 2);
}

TEST_CASE("a graph that is no such network is refused, naming op and value") {
  const auto refused = [](const DenseNetwork& network, const std::string& part) {
    CHECK_THROWS_WITH_AS(relu_net(network), doctest::Contains(part.c_str()), UsageError);
  };
  refused(odd([](Var v) { return tanh(v); }, same), "'code' = tanh [2,2] given; wanted relu of 'hidden'");
  refused(odd([](Var v) { return relu(v * 2.0); }, same), "'code' = relu [2,2] given; wanted relu of 'hidden'");
  refused(odd([](Var v) { return relu(v); }, [](Var v) { return relu(v); }),
          "'out' = relu [2,1] given; wanted 'last' as the output");
  refused(odd(same, same, [](Var v) { return v * 2.0; }), "'seen' = mul [2,2] given; wanted an input of the graph");
  ModelPoint mixed = small_model({2, 2, 2, 1}, Kind::relu, false);
  mixed.trace = [](Graph& graph, std::int64_t rows) {
    Var x = graph.input("x", {rows, 2});
    for (const std::string l : {"layers.0.", "layers.1."})
      x = graph.name(matmul(x, graph.input(l + "weight", {2, 2})), l + "pre");
    x = graph.name(relu(x), "late");
    return Ends{graph.name(matmul(x, graph.input("layers.2.weight", {2, 1})), "out"), {}};
  };
  refused(dense_network(mixed, "out"), "'late' = relu [2,2] given; wanted no relu, as between the layers before");
}
