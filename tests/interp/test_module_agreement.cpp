#include "interp/modules/module_agreement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/matrix.h"
#include "core/statistics.h"
#include "interp/modules/modules.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Labels = std::vector<std::int64_t>;
using Orders = std::vector<Labels>;  // by layer

ModularFeatures random_features(const std::vector<std::int64_t>& widths, std::int64_t modules, Rng& rng) {
  ModularFeatures made;
  for (const std::int64_t width : widths) {
    made.values.push_back(normal_matrix(40, width, rng));
    Labels& labels = made.modules.emplace_back();
    for (std::int64_t i = 0; i < width; ++i) labels.push_back(std::int64_t(rng.below(std::uint64_t(modules))));
  }
  return made;
}

Orders random_orders(const ModularFeatures& of, Rng& rng) {
  Orders orders;
  for (const Labels& layer : of.modules) orders.push_back(rng.permutation(std::ssize(layer)));
  return orders;
}

// Feature i of the result is feature order[i], with another sign, scale and mean.
ModularFeatures permuted(const ModularFeatures& from, const Orders& orders) {
  ModularFeatures to = from;
  for (std::size_t l = 0; l < orders.size(); ++l)
    for (std::size_t i = 0; i < orders[l].size(); ++i) {
      const std::int64_t source = orders[l][i];
      to.modules[l][i] = 7 - from.modules[l][source];
      for (std::int64_t s = 0; s < to.values[l].rows(); ++s)
        to.values[l](s, std::int64_t(i)) = (i % 2 ? -3e-200 : 2) * from.values[l](s, source) + (i % 2 ? 0 : 0.5);
    }
  return to;
}

std::vector<double> column(const Matrix& x, std::int64_t j) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < x.rows(); ++i) out.push_back(x(i, j));
  return out;
}

// The largest sum of |r| over all ways of giving the columns of `few` different columns of `many`.
double best_of_permutations(const Matrix& few, const Matrix& many) {
  Labels order(std::size_t(many.cols()));
  std::iota(order.begin(), order.end(), 0);
  double best = 0;
  do {
    double sum = 0;
    for (std::int64_t i = 0; i < few.cols(); ++i)
      sum += std::abs(correlation(column(few, i), column(many, order[std::size_t(i)])).r);
    best = std::max(best, sum);
  } while (std::ranges::next_permutation(order).found);
  return best;
}

}  // namespace

TEST_CASE("a network and itself with neurons in another order have the same modules") {
  Rng rng(1, "test/module agreement");
  const ModularFeatures a = random_features({9, 6, 4}, 3, rng);
  const Orders orders = random_orders(a, rng);
  const ModuleAgreement found = module_agreement(a, permuted(a, orders));
  REQUIRE(found.pairs.size() == 19);
  for (const FeaturePair& p : found.pairs) {
    CHECK(orders[p.layer][p.b] == p.a);
    CHECK(p.correlation == doctest::Approx(1).epsilon(1e-12));
    CHECK(p.correlation <= 1);
  }
  CHECK(found.compared == 19);
  CHECK(found.adjusted_rand == doctest::Approx(1));
  CHECK(found.mutual_information == doctest::Approx(1));
  CHECK(found.variation == 0);
}

TEST_CASE("a matching is the best of all permutations, also of layers of different widths") {
  Rng rng(2, "test/module agreement");
  for (const auto& [width, other] : std::vector<std::pair<std::int64_t, std::int64_t>>{{5, 5}, {3, 5}, {5, 2}, {1, 4}})
    for (int repeat = 0; repeat < 5; ++repeat) {
      const ModularFeatures a = random_features({width}, 2, rng), b = random_features({other}, 2, rng);
      const std::vector<FeaturePair> pairs = match_features(a, b);
      CHECK(std::ssize(pairs) == std::min(width, other));
      double sum = 0;
      for (const FeaturePair& p : pairs) {
        CHECK(p.correlation ==
              doctest::Approx(std::abs(correlation(column(a.values[0], p.a), column(b.values[0], p.b)).r)));
        sum += p.correlation;
      }
      const bool narrow = width <= other;
      CHECK(sum == doctest::Approx(best_of_permutations((narrow ? a : b).values[0], (narrow ? b : a).values[0])));
    }
}

TEST_CASE("labels at random agree as much as chance has it") {
  Rng rng(3, "test/module agreement");
  std::vector<double> rand;
  for (int repeat = 0; repeat < 200; ++repeat) {
    const ModularFeatures a = random_features({20, 20}, 4, rng), b = random_features({20, 20}, 4, rng);
    rand.push_back(module_agreement(a, b).adjusted_rand);
  }
  const Estimate e = estimate(rand);
  CHECK(std::abs(e.mean) < 5 * e.deviation / std::sqrt(200.0));
  CHECK(e.deviation < 0.1);
}

TEST_CASE("planted modules are found again in a network whose neurons are in another order") {
  Rng rng(4, "test/module agreement");
  const LayeredGraph graph = planted_modules(12, 3, 5);
  ModularFeatures a = random_features({12, 12, 12}, 1, rng);
  const Orders orders = random_orders(a, rng);
  const LayeredGraph other = layered_graph(graph.layer_sizes, [&](std::size_t l, std::int64_t i, std::int64_t j) {
    return graph.edges[l](orders[l + 1][i], orders[l][j]);
  });
  ModularFeatures b = permuted(a, orders);
  a.modules = find_modules(graph, {.nulls = 0}).of_node;
  b.modules = find_modules(other, {.nulls = 0, .seed = 2}).of_node;
  const ModuleAgreement found = module_agreement(a, b);
  CHECK(found.adjusted_rand == doctest::Approx(1));
  CHECK(found.variation == 0);
}

TEST_CASE("features that do not vary have no partner, and no module says nothing") {
  Rng rng(5, "test/module agreement");
  ModularFeatures a = random_features({4}, 1, rng);
  for (std::int64_t s = 0; s < 40; ++s) a.values[0](s, 0) = 0, a.values[0](s, 1) = 0.1;
  a.modules[0] = {0, 0, 1, 1};
  const ModuleAgreement same = module_agreement(a, a);
  REQUIRE(same.pairs.size() == 2);
  CHECK(same.pairs[0].a == 2);
  CHECK(same.compared == 2);
  CHECK(same.adjusted_rand == 1);
  ModularFeatures b = a;
  b.modules[0][3] = -1;
  const ModuleAgreement one = module_agreement(a, b);
  CHECK(one.pairs.size() == 2);
  CHECK(one.compared == 1);
  CHECK(std::isnan(one.adjusted_rand));
  CHECK(std::isnan(one.variation));
  CHECK(std::isnan(one.mutual_information));
}

TEST_CASE("layers without features, and no layers, have no pairs") {
  Rng rng(6, "test/module agreement");
  const ModularFeatures a = random_features({3, 0}, 2, rng), b = random_features({3, 2}, 2, rng);
  CHECK(match_features(a, b).size() == 3);
  CHECK(match_features(b, a).size() == 3);
  CHECK(match_features({}, {}).empty());
}

TEST_CASE("tables that do not fit are refused") {
  Rng rng(7, "test/module agreement");
  const ModularFeatures good = random_features({3, 2}, 2, rng);
  const auto refused = [&](const auto& spoil) {
    ModularFeatures bad = good;
    spoil(bad);
    CHECK_THROWS_AS(match_features(good, bad), ShapeError);
    CHECK_THROWS_AS(match_features(bad, good), ShapeError);
  };
  refused([](ModularFeatures& f) { f.values.pop_back(); });
  refused([](ModularFeatures& f) { f.modules.pop_back(); });
  refused([](ModularFeatures& f) { f.modules[1].push_back(0); });
  refused([](ModularFeatures& f) { f.values[1] = Matrix({39, 2}); });
  refused([](ModularFeatures& f) { f.values[1] = Matrix({80}); });
  ModularFeatures bad = good;
  bad.values[0](3, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(match_features(good, bad), NumericalError);
}
