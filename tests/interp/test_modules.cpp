#include "interp/modules/modules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>

#include "core/parallel.h"
#include "interp/modules/null_model.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

namespace {

// Degrees of every pair of layers, on both sides, and its weights in order.
struct Margins {
  std::vector<std::vector<int>> lower, upper;
  std::vector<std::vector<double>> weights;
  friend bool operator==(const Margins&, const Margins&) = default;
};

Margins margins_of(const LayeredGraph& graph) {
  Margins m;
  for (const Matrix& e : graph.edges) {
    auto &lower = m.lower.emplace_back(e.cols()), &upper = m.upper.emplace_back(e.rows());
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j) lower[j] += e(i, j) > 0, upper[i] += e(i, j) > 0;
    std::ranges::sort(m.weights.emplace_back(e.data));
  }
  return m;
}

LayeredGraph permuted(const LayeredGraph& graph, const std::vector<std::vector<std::int64_t>>& orders) {
  return layered_graph(graph.layer_sizes, [&](std::size_t l, std::int64_t i, std::int64_t j) {
    return graph.edges[l](orders[l + 1][i], orders[l][j]);
  });
}

// The highest modularity of any partition, by trying all that agree with the labels so far.
double best_modularity(const LayeredGraph& graph, Partition& labels, std::int64_t used = 0) {
  if (std::int64_t(labels.size()) == graph.nodes()) return modularity(graph, labels);
  double best = -1;
  for (std::int64_t label = 0; label <= used; ++label) {
    labels.push_back(label);
    best = std::max(best, best_modularity(graph, labels, std::max(used, label + 1)));
    labels.pop_back();
  }
  return best;
}

}  // namespace

TEST_CASE("two cliques are two modules with Q = 1/2") {
  const Modules found = find_modules(two_cliques(), {.nulls = 20});
  CHECK(found.of_node == std::vector<std::vector<std::int64_t>>{{0, 0, 1, 1}, {0, 0, 1, 1}});
  CHECK(found.modules == 2);
  CHECK(found.isolated == 0);
  CHECK(found.Q == doctest::Approx(0.5));
  CHECK(found.spread.sd == doctest::Approx(0));
  CHECK(found.spread.adjusted_rand == 1);
}

TEST_CASE("no partition of a small graph is better than the one found") {
  for (std::uint64_t seed : {1, 2, 3, 4, 5}) {
    Rng rng(seed, "test/small");
    const LayeredGraph graph =
        layered_graph({3, 2, 3}, [&](auto, auto, auto) { return rng.uniform() < 0.6 ? rng.uniform() : 0.0; });
    Partition labels;
    CHECK(find_modules(graph, {.nulls = 0}).Q == doctest::Approx(best_modularity(graph, labels)));
  }
}

TEST_CASE("planted modules are found, and stand out from the null model") {
  const Modules found = find_modules(planted_modules(15, 3, 1), {.restarts = 5, .nulls = 50});
  CHECK(adjusted_rand_index(found.partition(), planted_partition(15, 3)) == doctest::Approx(1));
  CHECK(found.null.z > 3);
  CHECK(found.null.at_least == doctest::Approx(1.0 / 51));
  CHECK(found.null.mean < found.Q);
}

TEST_CASE("two networks side by side are two modules, joined only by interactions below the cut-off") {
  ReluNet net;
  net.weights = {Matrix({2, 2}, {1, 0.01, 0.01, 1}), Matrix({2, 2}, {1, 0.01, 0.01, 1})};
  net.biases = {{0, 0}, {0, 0}};
  const Matrix x({2, 2}, {1, 1, 2, 2});
  CHECK(find_modules(net, x, 0.1, {.nulls = 0}).of_node ==
        std::vector<std::vector<std::int64_t>>{{0, 1}, {0, 1}, {0, 1}});
  CHECK(find_modules(net, x, 0.1, {.nulls = 0}).Q == doctest::Approx(0.5));
}

TEST_CASE("a random graph does not stand out") {
  Rng rng(3, "test/random");
  const LayeredGraph random =
      layered_graph({12, 12, 12}, [&](auto, auto, auto) { return rng.uniform() < 0.3 ? 1.0 : 0.0; });
  const Modules found = find_modules(random, {.restarts = 5, .nulls = 50});
  CHECK(found.Q > 0.2);  // and yet
  CHECK(std::abs(found.null.z) < 3);
  CHECK(found.spread.sd > 0);  // restarts are different runs
  CHECK(found.spread.adjusted_rand < 1);
  CHECK(found.spread.mutual_information < 1);
  CHECK(found.spread.variation > 0);
  CHECK(found.spread.variation < 1);
  CHECK(found.spread.best >= found.spread.mean);
}

TEST_CASE("spreads have n - 1 in the denominator: of two restarts the deviation is half their distance times sqrt 2") {
  Rng rng(3, "test/random");
  const LayeredGraph random =
      layered_graph({12, 12, 12}, [&](auto, auto, auto) { return rng.uniform() < 0.3 ? 1.0 : 0.0; });
  int differ = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Modules found = find_modules(random, {.restarts = 2, .nulls = 3, .seed = seed});
    const double half = found.spread.best - found.spread.mean;
    CHECK(found.spread.sd == doctest::Approx(half * std::sqrt(2)).epsilon(1e-9));
    CHECK(found.null.z == doctest::Approx((found.Q - found.null.mean) / found.null.sd));
    differ += half > 1e-6;
  }
  CHECK(differ > 2);
}

TEST_CASE("a null graph keeps degrees into each neighbouring layer and the weights of each pair, and moves edges") {
  const LayeredGraph graph = planted_modules(12, 3, 2);
  Rng rng(1, "test/null");
  const LayeredGraph random = null_graph(graph, rng).graph;
  CHECK(margins_of(random) == margins_of(graph));
  for (std::size_t pair = 0; pair < 2; ++pair) {
    int kept = 0, edges = 0;
    for (std::int64_t k = 0; k < graph.edges[pair].size(); ++k) {
      edges += graph.edges[pair][k] > 0;
      kept += graph.edges[pair][k] > 0 && random.edges[pair][k] > 0;
    }
    CHECK(kept < 0.7 * edges);
  }
}

TEST_CASE("a null graph keeps strengths, and its error says how well") {
  Rng rng(2, "test/null");
  const LayeredGraph graph = layered_graph(
      {12, 10}, [&](auto, auto i, auto j) { return rng.uniform() < 0.8 ? (1 + i) * (2 + j) * rng.uniform() : 0.0; });
  const NullGraph null = null_graph(graph, rng);
  const Matrix &wanted = graph.edges[0], &got = null.graph.edges[0];
  double mean = 0, squares = 0, edges = 0;
  for (double w : wanted.data) mean += w, squares += w * w, edges += w > 0;
  const double variance = squares / edges - mean / edges * mean / edges;
  double missed = 0, moved = 0;
  for (std::int64_t i = 0; i < wanted.rows(); ++i)
    for (std::int64_t j = 0; j < wanted.cols(); ++j) moved += std::abs(got(i, j) - wanted(i, j));
  const auto side = [&](std::int64_t nodes, std::int64_t others, auto entry) {
    for (std::int64_t i = 0; i < nodes; ++i) {
      double excess = 0, degree = 0;
      for (std::int64_t j = 0; j < others; ++j)
        excess += entry(got, i, j) - entry(wanted, i, j), degree += entry(wanted, i, j) > 0;
      missed += excess * excess / (degree * variance);
    }
  };
  side(10, 12, [](const Matrix& e, std::int64_t i, std::int64_t j) { return e(i, j); });
  side(12, 10, [](const Matrix& e, std::int64_t i, std::int64_t j) { return e(j, i); });
  CHECK(null.strength_error == doctest::Approx(std::sqrt(missed / 22)).epsilon(1e-9));
  CHECK(std::sqrt(missed / 22) < 0.1);
  CHECK(moved > 0.3 * mean);  // other edges are strong now
}

TEST_CASE("every graph with the same degrees is equally likely") {
  // Three nodes against three, each with one edge: 6 permutations.
  const LayeredGraph graph = layered_graph({3, 3}, [](auto, auto i, auto j) { return i == j ? 1.0 : 0.0; });
  Rng rng(8, "test/uniform");
  std::map<std::vector<double>, int> seen;
  for (int repeat = 0; repeat < 3000; ++repeat) ++seen[null_graph(graph, rng).graph.edges[0].data];
  CHECK(seen.size() == 6);
  for (const auto& [edges, count] : seen) CHECK(std::abs(count - 500) < 100);  // 5 standard deviations
}

TEST_CASE("every graph with the same degrees, weights and strengths is equally likely") {
  // The Latin squares of the weights 1, 2, 4: 12 graphs, and no other has their strengths.
  const LayeredGraph graph = layered_graph({3, 3}, [](auto, auto i, auto j) { return double(1 << (i + j) % 3); });
  Rng rng(9, "test/uniform");
  std::map<std::vector<double>, int> seen;
  int missed = 0;
  for (int repeat = 0; repeat < 6000; ++repeat) {
    const NullGraph null = null_graph(graph, rng);
    if (null.strength_error < 1e-9)
      ++seen[null.graph.edges[0].data];
    else
      ++missed;
  }
  CHECK(missed < 600);
  CHECK(seen.size() == 12);
  for (const auto& [edges, count] : seen) CHECK(std::abs(count - (6000 - missed) / 12) < 130);
}

TEST_CASE("a full graph of equal weights has no other: z is 0") {
  const Modules found =
      find_modules(layered_graph({3, 3}, [](auto, auto, auto) { return 1.0; }), {.restarts = 5, .nulls = 5});
  CHECK(found.null.sd == doctest::Approx(0));
  CHECK(found.null.z == 0);
  CHECK(found.null.at_least == 1);
}

TEST_CASE("the order of nodes and a common factor change nothing but names") {
  const LayeredGraph graph = planted_modules(12, 3, 4);
  Rng rng(6, "test/order");
  const std::vector<std::vector<std::int64_t>> orders{rng.permutation(12), rng.permutation(12), rng.permutation(12)};
  LayeredGraph scaled = graph;
  for (Matrix& e : scaled.edges)
    for (double& w : e.data) w *= 1e-9;
  const Modules a = find_modules(graph, {.nulls = 0}), b = find_modules(permuted(graph, orders), {.nulls = 0});
  CHECK(b.Q == doctest::Approx(a.Q));
  CHECK(find_modules(scaled, {.nulls = 0}).Q == doctest::Approx(a.Q));
  for (std::size_t l = 0; l < 3; ++l)
    for (std::size_t i = 0; i < 12; ++i)
      for (std::size_t j = 0; j < 12; ++j)
        CHECK((b.of_node[l][i] == b.of_node[l][j]) == (a.of_node[l][orders[l][i]] == a.of_node[l][orders[l][j]]));
}

TEST_CASE("equal seeds give equal results, on one thread or on two") {
  const LayeredGraph graph = planted_modules(12, 3, 7);
  std::vector<Modules> found(4);
  parallel_for(2, 4, [&](std::int64_t i, int) {
    found[i] = find_modules(graph, {.restarts = 4, .nulls = 5, .seed = std::uint64_t(i / 2)});
  });
  for (int i : {0, 2}) {
    CHECK(found[i].of_node == found[i + 1].of_node);
    CHECK(found[i].null.z == found[i + 1].null.z);
    CHECK(found[i].spread.mean == found[i + 1].spread.mean);
  }
  CHECK(found[0].null.mean != found[2].null.mean);
}

TEST_CASE("higher resolutions find more modules; the one reported agrees with itself") {
  const Modules found =
      find_modules(planted_modules(15, 3, 1), {.resolutions = {0.1, 1, 3}, .restarts = 5, .nulls = 0});
  REQUIRE(found.resolutions.size() == 3);
  CHECK(found.resolutions[0].modules < found.resolutions[1].modules);
  CHECK(found.resolutions[1].modules < found.resolutions[2].modules);
  CHECK(found.resolutions[1].adjusted_rand == 1);
  CHECK(found.resolutions[1].variation == 0);
  CHECK(found.resolutions[2].variation > 0);
  CHECK(found.resolutions[1].Q == found.Q);
  CHECK(found.resolutions[1].spread.best == found.spread.best);
  CHECK(found.resolutions[2].Q < found.Q);
}

TEST_CASE("nodes without edges are counted apart") {
  LayeredGraph graph = two_cliques();
  for (std::int64_t j = 0; j < 4; ++j) graph.edges[0](3, j) = 0;
  const Modules found = find_modules(graph, {.nulls = 0});
  CHECK(found.isolated == 1);
  CHECK(found.modules == 2);
  CHECK(found.of_node[1] == std::vector<std::int64_t>{0, 0, 1, 2});
}

TEST_CASE("what cannot be clustered is refused") {
  CHECK_THROWS_AS(find_modules({}), ShapeError);
  CHECK_THROWS_AS(find_modules(layered_graph({2, 2}, [](auto, auto, auto) { return 0.0; })), UsageError);
  CHECK_THROWS_AS(find_modules(layered_graph({2, 2}, [](auto, auto, auto) { return -1.0; })), UsageError);
  CHECK_THROWS_AS(find_modules(layered_graph({2, 2}, [](auto, auto, auto) { return std::nan(""); })), NumericalError);
  CHECK_THROWS_AS(find_modules(two_cliques(), {.restarts = 0}), UsageError);
  CHECK_THROWS_AS(find_modules(two_cliques(), {.nulls = -1}), UsageError);
  CHECK_THROWS_AS(find_modules(two_cliques(), {.resolutions = {-1}, .nulls = 0}), UsageError);
}

TEST_CASE("progress counts the searches, and what it throws ends them") {
  std::vector<std::int64_t> done;
  ModuleOptions options{.resolutions = {0.5, 2}, .restarts = 2, .nulls = 3};
  options.progress = [&](std::int64_t n, std::int64_t all) {
    done.push_back(n);
    CHECK(all == 6);
  };
  find_modules(two_cliques(), options);
  CHECK(done == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  options.progress = [](std::int64_t, std::int64_t) { throw Interrupted("enough"); };
  CHECK_THROWS_AS(find_modules(two_cliques(), options), Interrupted);
}

TEST_CASE("another second of the clock changes nothing") {
  const LayeredGraph graph = planted_modules(12, 3, 7);
  const ModuleOptions options{.restarts = 3, .nulls = 3, .seed = 5};
  const Modules before = find_modules(graph, options);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  const Modules after = find_modules(graph, options);
  CHECK(before.of_node == after.of_node);
  CHECK(before.null.z == after.null.z);
  CHECK(before.spread.mean == after.spread.mean);
}
