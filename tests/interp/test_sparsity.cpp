// Numbers of edges, with and without a cut-off.
#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "interp/edges/sparsity.h"
#include "interp/modules/edge_weights.h"
#include "interp/modules/modules.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("equal edges count fully, and scale does not count") {
  CHECK(effective_edges(Matrix({2, 3}, 4.0), -1) == doctest::Approx(6));
  CHECK(effective_edges(Matrix({2, 3}, 4.0), 0) == doctest::Approx(4));
  CHECK(effective_edges(Matrix({2, 3}), -1) == 0);
  Matrix one({3, 3});
  one(1, 2) = -5;
  CHECK(effective_edges(one, -1) == doctest::Approx(1));
  Rng rng(1, "test/sparsity");
  Matrix E({5, 7});
  for (double& v : E.data) v = rng.uniform();
  Matrix scaled = E;
  for (double& v : scaled.data) v *= 1e-6;
  CHECK(effective_edges(scaled, 3) == doctest::Approx(effective_edges(E, 3)));
  CHECK(effective_edges(E, -1) < 35);
  // 1 and a hundred of 0.001, as docs/theory.md §5.6 has it.
  Matrix many({1, 101}, 1e-3);
  many[0] = 1;
  CHECK(effective_edges(many, -1) == doctest::Approx(2.1).epsilon(0.02));
}

TEST_CASE("edges that hold a share are the largest ones") {
  const Matrix E({2, 2}, {8, 4, 2, 1});
  CHECK(edges_holding(E, -1, 0) == 0);
  CHECK(edges_holding(E, -1, 0.5) == 1);
  CHECK(edges_holding(E, -1, 0.8) == 2);
  CHECK(edges_holding(E, -1, 1) == 4);
  CHECK(edges_holding(E, 0, 0.7) == 1);
  CHECK(edges_holding(Matrix({2, 2}), -1, 0.9) == 0);
  CHECK_THROWS_AS(edges_holding(E, -1, 1.5), UsageError);
  Rng rng(2, "test/holding");  // whatever the order in which they are added up, zeros are not needed
  for (int i = 0; i < 500; ++i) {
    Matrix some({4, 10});
    for (std::int64_t k = 0; k < 20; ++k) some[2 * k] = 0.1 + rng.uniform();
    CHECK(edges_holding(some, -1, 1) == 20);
  }
}

TEST_CASE("the smallest and the largest numbers are edges like others") {
  CHECK(effective_edges(Matrix({1, 2}, {1e200, 1e-200}), -1) == doctest::Approx(1));
  CHECK(effective_edges(Matrix({1, 2}, {1e-320, 1e-320}), -1) == doctest::Approx(2));
  CHECK(effective_edges(Matrix({1, 3}, {1e308, 1e308, 1e308}), -1) == doctest::Approx(3));
  CHECK(edges_holding(Matrix({1, 3}, {1e308, 1e308, 1e308}), -1, 0.5) == 2);
  const LayeredGraph huge{.layer_sizes = {2, 2}, .edges = {Matrix({2, 2}, 1e308)}};
  CHECK(weighted(huge, EdgeWeight::max).edges[0][0] == 1);
  CHECK_THROWS_AS(weighted(huge, EdgeWeight::abs), NumericalError);
  CHECK_THROWS_AS(find_modules(huge, {.restarts = 1, .nulls = 0}), Error);
}

TEST_CASE("edge weights of the method's authors") {
  LayeredGraph graph{.layer_sizes = {2, 2, 1}, .edges = {Matrix({2, 2}, {4, 0, 1, 100}), Matrix({1, 2}, {0.5, 10})}};
  const auto of = [&](EdgeWeight w, const std::vector<double>& cutoffs = {}) { return weighted(graph, w, cutoffs); };
  CHECK(of(EdgeWeight::identity).edges[0].data == graph.edges[0].data);
  CHECK(of(EdgeWeight::sqrt).edges[0].data == std::vector<double>{2, 0, 1, 10});
  CHECK(of(EdgeWeight::abs).edges[1][1] == doctest::Approx(10 / 115.5));
  CHECK(of(EdgeWeight::max).edges[0].data == std::vector<double>{0.04, 0, 0.01, 1});
  CHECK(of(EdgeWeight::log, {1}).edges[0][3] == doctest::Approx(2));
  CHECK(of(EdgeWeight::log, {1}).edges[1][0] == 0);
  CHECK(of(EdgeWeight::log, {1, 0.05}).edges[1][0] == doctest::Approx(1));
  CHECK(of(EdgeWeight::node_log, {1}).edges[0][0] == doctest::Approx(std::log10(4.0) * 2 / 3));
  CHECK_THROWS_AS(of(EdgeWeight::log), UsageError);
  CHECK_THROWS_AS(of(EdgeWeight::sqrt, {1}), UsageError);
  for (const EdgeWeight w : {EdgeWeight::identity, EdgeWeight::sqrt, EdgeWeight::abs, EdgeWeight::max, EdgeWeight::log,
                             EdgeWeight::node_log})
    CHECK(edge_weight_from(name_of(w)) == w);
  CHECK_THROWS_AS(edge_weight_from("cube"), UsageError);
}
