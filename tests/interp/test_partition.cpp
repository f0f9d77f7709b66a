#include "interp/modules/partition.h"

#include <doctest/doctest.h>

#include <cmath>

#include "interp/modules/leiden.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("modularity by hand: two cliques, in all ways of cutting them") {
  const LayeredGraph graph = two_cliques();
  const Partition cliques{0, 0, 1, 1, 0, 0, 1, 1}, one(8, 3), alone{0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(modularity(graph, cliques) == doctest::Approx(2 * (4.0 / 8 - 8.0 / 16 * 8.0 / 16)));
  CHECK(modularity(graph, cliques, 2) == doctest::Approx(0));
  CHECK(modularity(graph, one) == doctest::Approx(0));
  CHECK(modularity(graph, alone) == doctest::Approx(-8 * (2.0 / 16) * (2.0 / 16)));
}

TEST_CASE("modularity by hand: a weighted path") {
  const LayeredGraph path{.layer_sizes = {1, 1, 1}, .edges = {Matrix({1, 1}, 2.0), Matrix({1, 1}, 1.0)}};
  CHECK(modularity(path, {0, 0, 1}) == doctest::Approx(2.0 / 3 - 25.0 / 36 - 1.0 / 36));
  CHECK(modularity(path, {7, 7, 2}, 0.5) == doctest::Approx(2.0 / 3 - 0.5 * 26 / 36));
}

TEST_CASE("modularity is what igraph counts, at any resolution") {
  const LayeredGraph graph = planted_modules(12, 3, 5);
  for (double resolution : {0.3, 1.0, 2.5}) {
    const LeidenResult found = leiden(graph.nodes(), edge_list(graph), resolution, 9);
    CHECK(modularity(graph, found.partition, resolution) == doctest::Approx(found.quality).epsilon(1e-12));
  }
}

TEST_CASE("modularity asks for a label for every node, and for edges") {
  CHECK_THROWS_AS(modularity(two_cliques(), {0, 0, 1}), ShapeError);
  CHECK_THROWS_AS(modularity(layered_graph({2, 2}, [](auto, auto, auto) { return 0.0; }), {0, 0, 1, 1}), UsageError);
}

TEST_CASE("modules are renumbered in the order of their first nodes") {
  CHECK(renumbered({7, 2, 7, 0, 2}) == Partition{0, 1, 0, 2, 1});
}

TEST_CASE("agreement by hand") {
  const Partition a{0, 0, 0, 1, 1, 1}, b{0, 0, 1, 1, 2, 2};
  CHECK(adjusted_rand_index(a, b) == doctest::Approx((2 - 1.2) / (4.5 - 1.2)));
  CHECK(normalised_mutual_information(a, b) == doctest::Approx(4 * std::log(2.0) / 3 / std::log(6.0)));
  const Partition c{0, 0, 1, 1}, crossed{0, 1, 0, 1};
  CHECK(adjusted_rand_index(c, crossed) == doctest::Approx(-0.5));
  CHECK(normalised_mutual_information(c, crossed) == doctest::Approx(0));
}

TEST_CASE("equal partitions agree fully whatever the modules are called, also when there is one or all are alone") {
  for (const auto& [a, b] : std::vector<std::pair<Partition, Partition>>{
           {{0, 0, 1, 2, 2}, {5, 5, 0, 1, 1}}, {{0, 0, 0}, {4, 4, 4}}, {{0, 1, 2}, {2, 0, 1}}, {{0}, {1}}}) {
    CHECK(adjusted_rand_index(a, b) == doctest::Approx(1));
    CHECK(normalised_mutual_information(a, b) == doctest::Approx(1));
    CHECK(normalised_variation_of_information(a, b) == 0);
  }
  CHECK(adjusted_rand_index(Partition{0, 0, 0}, Partition{0, 1, 2}) == doctest::Approx(0));
  CHECK(normalised_mutual_information(Partition{0, 0, 0}, Partition{0, 1, 2}) == doctest::Approx(0));
}

TEST_CASE("variation of information by hand, and as a distance") {
  const Partition a{0, 0, 0, 1, 1, 1}, b{0, 0, 1, 1, 2, 2}, one(6, 0), alone{0, 1, 2, 3, 4, 5};
  CHECK(variation_of_information(a, b) == doctest::Approx(std::log(4.0) / 3 + std::log(3.0) - std::log(2.0)));
  CHECK(variation_of_information(one, alone) == doctest::Approx(std::log(6.0)));  // the largest there is
  CHECK(normalised_variation_of_information(one, alone) == doctest::Approx(1));
  CHECK(normalised_variation_of_information(a, b) == doctest::Approx(variation_of_information(a, b) / std::log(6.0)));
  Rng rng(2, "test/variation");
  const auto random = [&] {
    Partition p(9);
    for (std::int64_t& label : p) label = std::int64_t(rng.below(4));
    return p;
  };
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Partition x = random(), y = random(), z = random();
    const double xy = variation_of_information(x, y);
    CHECK(xy == doctest::Approx(variation_of_information(y, x)));
    CHECK(xy <= variation_of_information(x, z) + variation_of_information(z, y) + 1e-12);
    CHECK((xy == 0) == (renumbered(x) == renumbered(y)));
    CHECK(xy >= 0);
    CHECK(xy <= std::log(9.0) + 1e-12);
  }
}

TEST_CASE("agreement needs the same nodes, at least one") {
  CHECK_THROWS_AS(adjusted_rand_index(Partition{0, 1}, Partition{0}), ShapeError);
  CHECK_THROWS_AS(normalised_mutual_information(Partition{}, Partition{}), ShapeError);
  CHECK_THROWS_AS(variation_of_information(Partition{0, 1}, Partition{0}), ShapeError);
}
