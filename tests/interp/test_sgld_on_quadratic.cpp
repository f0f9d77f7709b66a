#include "interp/llc/sgld_on_quadratic.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "interp/llc/finite_n.h"

using namespace basin;
using namespace basin::interp;

namespace {

// The mean of nβ K step by step: of w² in each coordinate, by the definition of a step.
double stepwise(const std::vector<double>& curvatures, const SgldRun& run, int burn_in, int draws) {
  double sum = 0;
  for (double h : curvatures) {
    double square = 0;
    for (int t = 0; t < burn_in + draws; ++t) {
      if (t >= burn_in) sum += run.nbeta * h * square / 2 / draws;
      const double kept = 1 - run.step / 2 * (run.nbeta * h + run.gamma), noise = run.step / 2 * run.nbeta;
      square = kept * kept * square + noise * noise * run.gradient_variance + run.step;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("100 draws from w* at ten curvatures of 1, as tabled") {
  struct Row {
    double gamma;
    std::vector<double> values;  // at steps 1e-5 … 1e-2
  };
  for (const Row& row : {Row{0, {0.24, 1.83, 4.60, 6.58}}, Row{100, {0.23, 1.42, 2.49, 4.95}}}) {
    double step = 1e-5;
    for (double wanted : row.values) {
      const SgldRun run{.step = step, .nbeta = 100, .gamma = row.gamma};
      CHECK(sgld_expected_estimate(std::vector<double>(10, 1), run, 0, 100) ==
            doctest::Approx(wanted).epsilon(0.005 / wanted));
      step *= 10;
    }
  }
}

TEST_CASE("closed forms are the sum over single steps, with burn-in and minibatch noise") {
  const std::vector<double> h = {3, 1, 0.02, 0};
  for (double step : {1e-4, 1e-3, 1e-2})
    for (int burn_in : {0, 1, 50})
      for (int draws : {1, 7, 300}) {
        const SgldRun run{.step = step, .nbeta = 90, .gamma = 5, .gradient_variance = 0.3};
        CHECK(sgld_expected_estimate(h, run, burn_in, draws) ==
              doctest::Approx(stepwise(h, run, burn_in, draws)).epsilon(1e-11));
      }
  const SgldRun run{.step = 1e-2, .nbeta = 90, .gamma = 5, .gradient_variance = 0.3};
  CHECK(sgld_stationary_estimate(h, run) == doctest::Approx(stepwise(h, run, 20000, 1)).epsilon(1e-11));
}

TEST_CASE("small steps and full gradients show the posterior; noise is a temperature") {
  const std::vector<double> h = {3, 1, 0.02, 0};
  SgldRun run{.step = 1e-9, .nbeta = 90, .gamma = 5};
  CHECK(sgld_effective_temperature(run) == 1);
  CHECK(sgld_stationary_estimate(h, run) == doctest::Approx(quadratic_finite_n(h, 90, 5)).epsilon(1e-6));
  run.gradient_variance = 4 / (run.step * 90 * 90);
  CHECK(sgld_effective_temperature(run) == doctest::Approx(2).epsilon(1e-14));
  CHECK(sgld_stationary_estimate(h, run) == doctest::Approx(2 * quadratic_finite_n(h, 90, 5)).epsilon(1e-6));
}

TEST_CASE("steps that diverge and runs that are none are refused") {
  const SgldRun run{.step = 0.04, .nbeta = 99, .gamma = 1};
  CHECK(sgld_stationary_estimate({0.99}, run) > 0);
  CHECK_THROWS_WITH_AS(sgld_stationary_estimate({0.5, 1}, run), doctest::Contains("is 4 at curvature 1"), UsageError);
  CHECK_THROWS_AS(sgld_stationary_estimate({-1}, run), UsageError);
  CHECK_THROWS_AS(sgld_expected_estimate({0.5}, run, -1, 10), UsageError);
  CHECK_THROWS_AS(sgld_expected_estimate({0.5}, run, 0, 0), UsageError);
  CHECK_THROWS_AS(sgld_effective_temperature({.step = 0, .nbeta = 1}), UsageError);
  CHECK_THROWS_AS(sgld_effective_temperature({.step = 1, .nbeta = 1, .gamma = -1}), UsageError);
  CHECK_THROWS_AS(sgld_effective_temperature({.step = 1, .nbeta = 1, .gradient_variance = -1}), UsageError);
}
