#include "interp/volume/matching.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "interp/volume/assignment.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Edges = std::vector<Edge>;

Edges path(std::int64_t edges) {
  Edges all;
  for (std::int64_t i = 0; i < edges; ++i) all.push_back({i, i + 1});
  return all;
}

Edges cycle(std::int64_t nodes) {
  Edges all;
  for (std::int64_t i = 0; i < nodes; ++i) all.push_back({i, (i + 1) % nodes});
  return all;
}

Edges complete_bipartite(std::int64_t left, std::int64_t right) {
  Edges all;
  for (std::int64_t i = 0; i < left; ++i)
    for (std::int64_t j = 0; j < right; ++j) all.push_back({i, left + j});
  return all;
}

Edges random_graph(std::int64_t nodes, double density, Rng& rng) {
  Edges all;
  for (std::int64_t i = 0; i < nodes; ++i)
    for (std::int64_t j = i + 1; j < nodes; ++j)
      if (rng.uniform() < density) all.push_back({i, j, double(rng.below(20))});
  return all;
}

// Tries 0, 1/units, … on every edge; a fractional matching is best at halves.
double by_force(std::int64_t nodes, std::span<const Edge> edges, int units, std::vector<int> used = {}) {
  used.resize(nodes);
  if (edges.empty()) return 0;
  double best = 0;
  const Edge e = edges.front();
  for (int take = 0; used[e.a] + take <= units && used[e.b] + take <= units; ++take) {
    std::vector<int> more = used;
    more[e.a] += take, more[e.b] += take;
    best = std::max(best, take * e.weight / units + by_force(nodes, edges.subspan(1), units, more));
  }
  return best;
}

Edges with_unit_weights(Edges edges) {
  for (Edge& e : edges) e.weight = 1;
  return edges;
}

}  // namespace

TEST_CASE("matching numbers of graphs with a name") {
  for (std::int64_t leaves : {1, 3, 7})
    CHECK(fractional_matching_number(leaves + 1, complete_bipartite(1, leaves)) == 1);
  CHECK(fractional_matching_number(4, path(3)) == 2);
  CHECK(fractional_matching_number(5, complete_bipartite(3, 2)) == 2);
  CHECK(fractional_matching_number(11, complete_bipartite(4, 7)) == 4);
  CHECK(fractional_matching_number(3, cycle(3)) == 1.5);
  CHECK(fractional_matching_number(7, cycle(7)) == 3.5);
  CHECK(fractional_matching_number(6, cycle(6)) == 3);
  CHECK(fractional_matching_number(5, {}) == 0);
  CHECK(fractional_matching_number(0, {}) == 0);
}

TEST_CASE("the number and both weights are what trying everything finds, on random graphs") {
  Rng rng(5, "matching");
  for (int repeat = 0; repeat < 60; ++repeat) {
    const std::int64_t nodes = 3 + std::int64_t(rng.below(4));
    Edges edges = random_graph(nodes, 0.6, rng);
    edges.resize(std::min<std::size_t>(edges.size(), 9));
    CAPTURE(repeat);
    CHECK(fractional_matching_number(nodes, edges) == by_force(nodes, with_unit_weights(edges), 2));
    CHECK(fractional_matching_weight(nodes, edges) == by_force(nodes, edges, 2));
    CHECK(matching_weight(nodes, edges) == by_force(nodes, edges, 1));
  }
}

TEST_CASE("on larger random graphs the three agree where they must") {
  Rng rng(6, "matching");
  for (int repeat = 0; repeat < 20; ++repeat) {
    const std::int64_t nodes = 20;
    const Edges edges = random_graph(nodes, 0.15, rng), units = with_unit_weights(edges);
    CHECK(fractional_matching_weight(nodes, units) == fractional_matching_number(nodes, edges));
    const double whole = matching_weight(nodes, edges), fractional = fractional_matching_weight(nodes, edges);
    CHECK(whole <= fractional);
    CHECK(fractional <= 1.5 * whole);  // the worst case is triangles
  }
}

TEST_CASE("bipartite graphs may be large, and match whole edges best") {
  Rng rng(7, "matching");
  Edges edges;
  double diagonal = 0;
  for (std::int64_t i = 0; i < 150; ++i) {
    edges.push_back({i, 150 + i, 10 + rng.uniform()});
    diagonal += edges.back().weight;
    for (int more = 0; more < 5; ++more) edges.push_back({i, 150 + std::int64_t(rng.below(150)), rng.uniform()});
  }
  CHECK(matching_weight(300, edges) == doctest::Approx(diagonal).epsilon(1e-12));
  CHECK(fractional_matching_weight(300, edges) == doctest::Approx(diagonal).epsilon(1e-12));
  CHECK(fractional_matching_number(300, edges) == 150);
}

TEST_CASE("an assignment is the best of all permutations, whatever the signs") {
  Rng rng(8, "assignment");
  for (int repeat = 0; repeat < 30; ++repeat) {
    Matrix w({5, 5});
    for (double& x : w.data) x = double(rng.below(41)) - 20;
    std::vector<int> order(5);
    std::iota(order.begin(), order.end(), 0);
    double best = -INFINITY;
    do {
      double sum = 0;
      for (int i = 0; i < 5; ++i) sum += w(i, order[i]);
      best = std::max(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(maximum_weight_assignment(w) == best);
  }
  CHECK_THROWS_AS(maximum_weight_assignment(Matrix({2, 3})), ShapeError);
}

TEST_CASE("parallel edges count once, the heaviest; separate parts add") {
  const Edges parallel{{0, 1, 2}, {1, 0, 5}, {0, 1, 3}}, two{{0, 1, 5}, {2, 3, 4}};
  CHECK(fractional_matching_weight(2, parallel) == 5);
  CHECK(matching_weight(2, parallel) == 5);
  CHECK(fractional_matching_number(2, parallel) == 1);
  CHECK(matching_weight(4, two) == 9);
}

TEST_CASE("log weights have a cut-off, and a hub pays once") {
  CHECK(log_weight(1, 1e-4) == doctest::Approx(4.60517).epsilon(1e-6));
  CHECK(log_weight(2, 2) == 0);
  CHECK(log_weight(1e-9, 1e-4) == 0);
  CHECK(log_weight(0, 1) == 0);
  const Edges star = complete_bipartite(1, 3);
  const MatchingStrength s = matching_strength(4, star, 1e-4);
  CHECK(s.matching == doctest::Approx(4.60517).epsilon(1e-6));
  CHECK(s.sum == doctest::Approx(13.81551).epsilon(1e-6));
  const MatchingStrength apart = matching_strength(4, Edges{{0, 1, 1e-2}, {2, 3, 1e-9}}, 1e-4);
  CHECK(apart.matching == doctest::Approx(apart.sum));
}

TEST_CASE("what is no interaction graph is refused") {
  const Edges loop{{1, 1}}, outside{{0, 2}}, negative{{0, 1, -1}}, infinite{{0, 1, INFINITY}};
  for (const Edges& wrong : {loop, outside, negative, infinite}) {
    CHECK_THROWS_AS(fractional_matching_number(2, wrong), UsageError);
    CHECK_THROWS_AS(fractional_matching_weight(2, wrong), UsageError);
    CHECK_THROWS_AS(matching_weight(2, wrong), UsageError);
  }
  CHECK_THROWS_WITH_AS(fractional_matching_weight(2001, {}), doctest::Contains("at most 2000"), UsageError);
  CHECK_THROWS_WITH_AS(matching_weight(21, cycle(21)), doctest::Contains("at most 20"), UsageError);
  CHECK(fractional_matching_weight(21, cycle(21)) == 10.5);
  CHECK(matching_weight(22, cycle(22)) == 11);
  for (auto [kappa, epsilon] : {std::pair{-1.0, 1.0}, {1.0, 0.0}, {NAN, 1.0}, {INFINITY, 1.0}})
    CHECK_THROWS_AS(log_weight(kappa, epsilon), UsageError);
}
