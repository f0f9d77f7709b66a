#include "interp/modules/layered_graph.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "interp/modules/leiden.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

namespace {

template <class E>
std::string graph_refusal(const LayeredGraph& graph) {
  try {
    graph.validate("here");
  } catch (const E& e) {
    return e.what();
  }
  return "accepted";
}

LayeredGraph one_pair(Matrix e) { return {.layer_sizes = {2, 1}, .edges = {std::move(e)}}; }

}  // namespace

TEST_CASE("nodes are numbered layer by layer, edges listed by pair, then by ends") {
  const LayeredGraph graph{.layer_sizes = {2, 1, 2}, .edges = {Matrix({1, 2}, {0, 5}), Matrix({2, 1}, {3, 4})}};
  CHECK(graph.nodes() == 5);
  CHECK(graph.layer_start(2) == 3);
  CHECK(edge_list(graph) == std::vector<LayeredEdge>{{0, 1, 2, 5}, {1, 2, 3, 3}, {1, 2, 4, 4}});
}

TEST_CASE("a graph is refused with the place of what is wrong") {
  CHECK(graph_refusal<ShapeError>({}).find("0 layers") != std::string::npos);
  CHECK(graph_refusal<ShapeError>({.layer_sizes = {3}, .edges = {}}).find("1 layers") != std::string::npos);
  CHECK(graph_refusal<ShapeError>({.layer_sizes = {3, 0}, .edges = {Matrix({0, 3})}}).find("layer 1") !=
        std::string::npos);
  CHECK(graph_refusal<ShapeError>({.layer_sizes = {2, 1}, .edges = {}}).find("0 matrices") != std::string::npos);
  CHECK(graph_refusal<ShapeError>(one_pair(Matrix({2, 1}))).find("[2,1]; wanted [1,2]") != std::string::npos);
  CHECK(graph_refusal<UsageError>(one_pair(Matrix({1, 2}, {1, -2}))).find("node 1 of layer 0") != std::string::npos);
  for (double bad : {std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK(graph_refusal<NumericalError>(one_pair(Matrix({1, 2}, {bad, 1}))).find("here: ") == 0);
  CHECK(graph_refusal<Error>(one_pair(Matrix({1, 2}, {0, 1}))) == "accepted");
}

TEST_CASE("log weights count decades above the cut-off of their pair of layers") {
  const LayeredGraph e{.layer_sizes = {2, 1, 1}, .edges = {Matrix({1, 2}, {1e-3, 0}), Matrix({1, 1}, 1e-5)}};
  const LayeredGraph w = log_weights(e, {1e-7, 1e-5});
  CHECK(w.edges[0](0, 0) == doctest::Approx(4));
  CHECK(w.edges[0](0, 1) == 0);
  CHECK(w.edges[1](0, 0) == 0);
  CHECK_THROWS_AS(log_weights(e, {1e-7}), ShapeError);
  CHECK_THROWS_AS(log_weights(e, {1e-7, 0}), UsageError);
  CHECK_THROWS_AS(log_weights(e, {1e-7, std::nan("")}), UsageError);
  CHECK_THROWS_AS(log_weights(one_pair(Matrix({1, 2}, {1, -1})), {1}), UsageError);
}

TEST_CASE("a hub holds as strongly as its strongest edge, separate edges add up") {
  const MatchingStrength star = matching_strength(one_pair(Matrix({1, 2}, {3, 5})));
  CHECK(star.matching == doctest::Approx(5));
  CHECK(star.sum == doctest::Approx(8));
  const LayeredGraph path{.layer_sizes = {1, 1, 1, 1},
                          .edges = {Matrix({1, 1}, 4.0), Matrix({1, 1}, 5.0), Matrix({1, 1}, 2.0)}};
  CHECK(matching_strength(path).matching == doctest::Approx(6));
  CHECK(matching_strength(path).sum == doctest::Approx(11));
  CHECK_THROWS_AS(matching_strength(one_pair(Matrix({1, 2}, {-1, 1}))), UsageError);
}

TEST_CASE("interactions of a network: |weight| times the root mean square of the activation that it reads") {
  ReluNet net;
  net.weights = {Matrix({2, 2}, {1, -2, 0, 1}), Matrix({1, 2}, {-3, 10})};
  net.biases = {{0, -1}, {5}};
  const Matrix x({2, 2}, {3, 1, 4, -1});  // hidden: (1, 0) and (6, 0)
  const LayeredGraph graph = weight_activation_graph(net, x);
  CHECK(graph.layer_sizes == std::vector<std::int64_t>{2, 2, 1});
  CHECK(graph.edges[0](0, 0) == doctest::Approx(std::sqrt(12.5)));
  CHECK(graph.edges[0](0, 1) == doctest::Approx(2));
  CHECK(graph.edges[0](1, 0) == 0);
  CHECK(graph.edges[0](1, 1) == doctest::Approx(1));
  CHECK(graph.edges[1](0, 0) == doctest::Approx(3 * std::sqrt(18.5)));
  CHECK(graph.edges[1](0, 1) == 0);
}

TEST_CASE("leiden refuses what igraph would take in silence") {
  CHECK_THROWS_AS(leiden(2, {}, 1, 0), UsageError);
  CHECK_THROWS_AS(leiden(2, {{0, 0, 2, 1}}, 1, 0), UsageError);
  CHECK_THROWS_AS(leiden(2, {{0, -1, 1, 1}}, 1, 0), UsageError);
  for (double weight : {-1.0, 0.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(leiden(2, {{0, 0, 1, weight}}, 1, 0), UsageError);
  CHECK_THROWS_AS(leiden(2, {{0, 0, 1, 1e308}, {0, 0, 1, 1e308}}, 1, 0), UsageError);
  for (double resolution : {0.0, -1.0, std::nan("")})
    CHECK_THROWS_AS(leiden(2, {{0, 0, 1, 1}}, resolution, 0), UsageError);
}
