// How sparse interactions are in a basis: what must hold whatever the network.
#include <doctest/doctest.h>

#include <cmath>

#include "interp/edges/basis_sparsity.h"
#include "interp/edges/features.h"
#include "interp/edges/sparsity.h"
#include "tests/interp/basis_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

struct SmallNet {
  FoldedModel model = folded_model(network_of(random_layers({4, 6, 5, 3}, 21), relu));
  Matrix x{{200, 4}};
  Scoring labels{ScoreKind::cross_entropy, Tensor<double>({200})};

  SmallNet() {
    Rng(3, "test/x").fill_normal(std::span<double>(x.data));
    for (std::int64_t i = 0; i < 200; ++i) labels.targets[i] = double(i % 4 % 3);
  }
  Inputs inputs() const { return {{"x", x}}; }
};

BasisOptions in(BasisKind kind) {
  return {.kind = kind, .center = kind != BasisKind::neuron, .truncation = {.threshold = 1e-10, .relative = true}};
}

}  // namespace

TEST_CASE("the best constant: the variance of targets, the entropy and the largest share of labels") {
  const Scoring labels{ScoreKind::cross_entropy, Tensor<double>({4}, {0, 1, 1, 2})};
  CHECK(labels.of_constant() == doctest::Approx(1.5 * std::log(2.0)));
  CHECK(Scoring{ScoreKind::accuracy, labels.targets}.of_constant() == 0.5);
  const Scoring targets{ScoreKind::mse, Tensor<double>({2, 2}, {1, 5, 3, 5})};
  CHECK(targets.of_constant() == 0.5);  // variances 1 and 0
  CHECK(targets.sum(0, Matrix({2, 2}, {2, 5, 2, 5})) / 2 == targets.of_constant());
}

TEST_CASE("a loss of just delta holds, however counts over n are rounded") {
  const Scoring accuracy{ScoreKind::accuracy, {}};
  for (const std::int64_t n : {10, 49, 1000, 10000})
    for (std::int64_t right = n / 10; right <= n; ++right) {
      const auto share = [n](std::int64_t count) { return double(count) / double(n); };
      CHECK(accuracy.holds(share(right - n / 10), share(right), share(n / 10)));
      CHECK_FALSE(accuracy.holds(share(right - n / 10 - 1), share(right), share(n / 10)));
    }
  CHECK(accuracy_within(Tensor<double>({49}), 1.0 / 49).has_value());
}

TEST_CASE("a requirement of less than one sample is none") {
  const SmallNet s;
  CHECK_FALSE(accuracy_within(s.labels.targets, 0.004).has_value());
  CHECK(accuracy_within(s.labels.targets, 0.005)->delta == 0.005);
  const auto loss = share_of_the_way(s.model, s.inputs(), s.labels, 0.01);
  REQUIRE(loss.has_value());
  CHECK(loss->delta ==
        doctest::Approx(0.01 * std::abs(base_score(s.model, s.inputs(), s.labels, {}) - s.labels.of_constant())));
  CHECK_FALSE(share_of_the_way(s.model, s.inputs(), {ScoreKind::accuracy, s.labels.targets}, 1e-3).has_value());
}

TEST_CASE("counts in every basis are between none and all, and what is required falls with what may be lost") {
  const SmallNet s;
  const std::vector<Requirement> requirements{*share_of_the_way(s.model, s.inputs(), s.labels, 0.001),
                                              *share_of_the_way(s.model, s.inputs(), s.labels, 1e6)};
  for (const BasisKind kind : {BasisKind::neuron, BasisKind::pca, BasisKind::ib, BasisKind::lib}) {
    CAPTURE(name_of(kind));
    const std::vector<SectionSparsity> all = basis_sparsity(s.model, in(kind), s.inputs(), requirements);
    REQUIRE(all.size() == 3);
    for (const SectionSparsity& l : all) {
      CHECK(l.above_rounding <= l.edges);
      CHECK(l.effective >= 1);
      CHECK(l.effective <= double(l.above_rounding) + 1e-9);
      CHECK(l.required[0] <= l.edges);
      CHECK(l.required[1] == 0);
    }
    CHECK(all[0].features == 4);
    CHECK(all[2].targets == 3);
  }
}

TEST_CASE("effective edges know no scale") {
  Matrix E({3, 4}, {1, 0.5, 0, 2, 0.1, 3, 1, 0, 0.2, 0, 0, 7});
  const double before = effective_edges(E, 0);
  for (double& e : E.data) e *= 1e-7;
  CHECK(effective_edges(E, 0) == doctest::Approx(before));
}
