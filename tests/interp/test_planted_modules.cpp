#include "interp/modules/planted_modules.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace basin;
using namespace basin::interp;

TEST_CASE("planted modules have the edges that were asked for, from the lower layer's module to the upper one's") {
  const auto weight = [](std::int64_t below, std::int64_t above) { return double(10 * below + above); };
  const PlantedModules planted = planted_modules(3, 5, 2, weight);
  planted.graph.validate("test");
  CHECK(planted.graph.layer_sizes == std::vector<std::int64_t>{5, 5, 5});
  CHECK(planted.partition == Partition{0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1});
  CHECK(planted.graph.edges[1](4, 0) == 1);
  CHECK(planted.graph.edges[1](0, 4) == 10);
}

TEST_CASE("a graph without modules has its layers, some of the edges, and weights between 1 and 3") {
  Rng rng(1, "test");
  const LayeredGraph graph = graph_without_modules({6, 9, 4}, rng);
  graph.validate("test");
  const std::vector<LayeredEdge> edges = edge_list(graph);
  CHECK(edges.size() > 10);
  CHECK(edges.size() < 6 * 9 + 9 * 4 - 10);
  CHECK(std::ranges::all_of(edges, [](const LayeredEdge& e) { return e.weight >= 1 && e.weight <= 3; }));
}
