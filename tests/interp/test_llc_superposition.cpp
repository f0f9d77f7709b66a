// Chains from the exact critical points of the toy model of superposition: local coefficients, and chains that escape.
#include <doctest/doctest.h>

#include "interp/llc/estimate.h"
#include "nn/superposition.h"
#include "nn/superposition_polygons.h"

using namespace basin;
using namespace basin::interp;

namespace {

LlcEstimate from(const nn::Polygon& polygon, double n_beta) {
  const nn::CriticalPoint at = nn::critical_point(polygon);
  const nn::SuperpositionSpec spec{.features = 6};
  LocalPosterior posterior{.n_beta = n_beta, .gamma = 1};
  posterior.model = {nn::superposition(spec),
                     parameters_from({{"W", at.point.W}, {"b", Tensor<double>({6}, at.point.b)}})};
  posterior.data = nn::feature_inputs(nn::feature_data({.features = 6, .samples = 600}));
  return estimate_llc(sample<double>(posterior, {}, {.chains = 8, .draws = 600, .warm_up = 200, .threads = 2}),
                      posterior, {});
}

}  // namespace

// Reference values have standard errors of about 0.1, and the data here are 600 rows in place of the whole law.
TEST_CASE("polygons have the coefficients that others found, and a 4-gon at nβ = 1e3 is left") {
  struct Row {
    nn::Polygon polygon;
    double n_beta, lambda;
  };
  for (const Row& r :
       {Row{{6, 0, 6}, 1e4, 8.42}, Row{{5, 1, 6}, 1e4, 8.52}, Row{{5, 0, 6}, 1e4, 7.14}, Row{{4, 0, 6}, 1e5, 7.34}}) {
    const LlcEstimate e = from(r.polygon, r.n_beta);
    CAPTURE(r.polygon.name());
    CAPTURE(e.lambda.error);
    CAPTURE(e.lambda.r_hat);
    CHECK((r.polygon.corners == 4 ? e.chains > 0 : e.escaped == 0));  // a 4-gon's flat directions lead out of it
    CHECK(std::abs(e.lambda.mean - r.lambda) < 0.15 + 4 * e.lambda.error);
  }
  const LlcEstimate left = from({4, 0, 6}, 1e3);
  CHECK(left.escaped > 0);
  CHECK_FALSE(left.healthy());
}
