#include <doctest/doctest.h>

#include <cmath>

#include "experiments/fibre/fibre_study.h"

using namespace basin;
using namespace basin::experiments;

namespace {

FibreStudySpec small_spec() {
  return {.moduli = {5},
          .grids = {4},
          .trained = 1,
          .hidden = 20,
          .epochs = 5000,
          .fit = 1e-10,
          .rate = 3e-3,
          .steps = {0.01},
          .walks = 1,
          .points = 2,
          .n_beta = 1e6,
          .gamma = 100,
          .sampler = {.leapfrogs = 16},
          .chains = {.chains = 4, .draws = 600, .warm_up = 400, .seed = 1},
          .seed = 1};
}

double squares(std::span<const double> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return sum;
}

}  // namespace

TEST_CASE("an exact network adds exactly with the shortest weights") {
  const FibreNetwork network = exact_network(5, 4);
  CHECK(network.neurons == 32);
  CHECK(network.error < 1e-14);
  CHECK(network.accuracy == 1);
  const Parameters<double>& theta = network.model.parameters;
  CHECK(squares(theta["layers.0.weight"]) == doctest::Approx(2 * squares(theta["layers.1.weight"])).epsilon(1e-12));
}

TEST_CASE("training ends where the loss is low enough, or with its epochs") {
  FibreStudySpec spec = small_spec();
  const FibreNetwork fits = trained_network(spec, 5, 1);
  CHECK(fits.epochs < 5000);
  CHECK(fits.error < 1e-3);
  CHECK(fits.accuracy == 1);
  CHECK(fits.neurons == 20);
  spec.epochs = 3;
  const FibreNetwork young = trained_network(spec, 5, 1);
  CHECK(young.epochs == 3);
  CHECK(young.error > 0.1);
  spec.hidden = 0;
  CHECK(trained_network(spec, 5, 1).neurons == 32);
}

TEST_CASE("ranks, bounds and λ̂ of an exact and a trained network, the same for any number of threads") {
  FibreStudySpec spec = small_spec();
  std::int64_t told = 0;
  const auto one = study_fibres(spec, [&](std::int64_t done) { told = done; });
  CHECK(told == 2);
  REQUIRE(one.size() == 2);
  const FibreFindings &exact = one[0], &trained = one[1];
  CHECK(exact.rank() == 113);
  CHECK(exact.ranks() == std::vector<std::int64_t>{125, 125});
  CHECK(exact.bounds.upper == 62.5);
  CHECK(exact.quadratic < 56.5);
  CHECK(exact.quadratic > 56.4);
  CHECK(exact.llc.lambda.mean > 58);  // far above what the Hessian says
  CHECK(exact.between());
  CHECK(trained.rank() == 125);
  CHECK(trained.bounds.lower == trained.bounds.upper);
  CHECK(exact.full() == 62.5);
  spec.threads = spec.chains.threads = 3;
  const auto three = study_fibres(spec, [](std::int64_t) {});
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(one[i].llc.lambda.mean == three[i].llc.lambda.mean);
    CHECK(one[i].walks[0].points[1].theta == three[i].walks[0].points[1].theta);
  }
  const report::Json results = fibre_results(one, spec);
  CHECK(results["exact_risen"] == 1);
  CHECK(results["trained_risen"] == 0);
  CHECK(results["stuck"] == 0);
  CHECK(report::table_cells(results["networks"])[0][9] == "125");
  CHECK(report::table_cells(results["points"]).size() == 4);
  CHECK(fibre_figures(one)[0].figure.series.size() == 3);
}

TEST_CASE("an estimate outside the bounds is said to be outside") {
  FibreFindings f;
  f.quadratic = 56, f.bounds.upper = 62;
  f.llc.lambda.lower = 60, f.llc.lambda.upper = 61;
  CHECK(f.between());
  f.llc.lambda.lower = 63, f.llc.lambda.upper = 64;
  CHECK_FALSE(f.between());
  f.llc.lambda.lower = 50, f.llc.lambda.upper = 55;
  CHECK_FALSE(f.between());
  f.llc.lambda.lower = f.llc.lambda.upper = NAN;
  CHECK_FALSE(f.between());
}
