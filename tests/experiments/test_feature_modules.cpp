#include <doctest/doctest.h>

#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/shared/feature_modules.h"
#include "interp/edges/edges.h"
#include "interp/layers/plain_loops.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("features of two planted modules are in two modules, and have the values of plain loops") {
  Rng rng(1, "test/feature modules");
  const ClaimNet made = planted_modules(rng);
  const interp::FoldedModel model = folded(made.net);
  const std::vector<interp::Basis> bases = bases_of(model, made.x, interp::BasisKind::neuron, false);
  const std::vector<Matrix> E = interp::interaction_edges(model, bases, {{"x", made.x}});
  const FeatureModules m = feature_modules(bases, E, cutoffs_at(E, 1e-6), {.restarts = 3, .nulls = 0});
  CHECK(m.modules() == 2);
  const Matrix few = rows_of(made.x, 0, 50);
  const interp::ModularFeatures features = modular_features(model, bases, m, {{"x", few}});
  CHECK(features.modules == m.of_feature);
  const std::vector<Matrix> nodes = interp::plain_nodes(made.net, few);
  REQUIRE(features.values.size() == nodes.size());
  for (std::size_t l = 0; l < nodes.size(); ++l)
    CHECK(relative_difference(features.values[l], columns_of(nodes[l], 0, features.values[l].cols())) < 1e-12);
}

TEST_CASE("features that do not interact are in no module") {
  Rng rng(2, "test/feature modules");
  const ClaimNet made = random_claim_net({3, 4, 2}, rng);
  const interp::FoldedModel model = folded(made.net);
  const std::vector<interp::Basis> bases = bases_of(model, made.x, interp::BasisKind::neuron, false);
  const std::vector<Matrix> E{Matrix({5, 4}), Matrix({2, 5})};
  CHECK(cutoffs_at(E, 0.1) == std::vector<double>{1, 1});
  const FeatureModules m = feature_modules(bases, E, cutoffs_at(E, 0.1), {.nulls = 0});
  CHECK(m.modules() == 0);
  CHECK(m.of_feature == std::vector<std::vector<std::int64_t>>{{-1, -1, -1}, {-1, -1, -1, -1}, {-1, -1}});
}
