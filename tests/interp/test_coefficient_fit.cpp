// λ and m from exact values at finite nβ, with errors of an estimate's size added.
#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "interp/llc/coefficient_fit.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/linear_finite_n.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Value = double (*)(double);

// Exact values.
std::vector<SweepPoint> sweep(Value value, double low, double high, int points, double error) {
  std::vector<SweepPoint> all;
  for (int i = 0; i < points; ++i) {
    const double n_beta = low * std::pow(high / low, double(i) / (points - 1));
    all.push_back({n_beta, value(n_beta), error});
  }
  return all;
}

std::vector<SweepPoint> noisy(std::vector<SweepPoint> points, std::uint64_t seed) {
  Rng rng(seed, "test/sweep");
  for (SweepPoint& p : points) p.lambda += p.error * rng.normal();
  return points;
}

double crossing(double t) { return crossing_finite_n(1, 1, t).value; }
double homogeneous_sum(double t) { return homogeneous_finite_n({{1, 2}, {1, 4}}, t, 0).value; }
double regression(double t) { return linear_finite_n({3, 2, 3, 1}, t).value; }

}  // namespace

TEST_CASE("λ and m of exact values, with small errors: intervals hold λ, and no other m is decided on") {
  struct Row {
    Value value;
    double low, high, lambda;
    int multiplicity;
  };
  constexpr int repeats = 400;
  for (const Row& r : {Row{homogeneous_sum, 1e2, 1e6, 0.75, 1}, Row{crossing, 1e3, 1e12, 0.5, 2},
                       Row{regression, 1e4, 1e10, 3.5, 2}}) {
    const double error = 0.001 * r.lambda;
    const std::vector<SweepPoint> exact = sweep(r.value, r.low, r.high, 8, error);
    int held = 0, right = 0, wrong = 0;
    for (int seed = 0; seed < repeats; ++seed) {
      const CoefficientFit fit = fit_coefficient(noisy(exact, seed));
      held += fit.lower <= r.lambda && r.lambda <= fit.upper;
      (fit.multiplicity == r.multiplicity ? right : wrong) += fit.decided;
    }
    CAPTURE(r.lambda);
    CAPTURE(right);
    CHECK(held >= 0.92 * repeats);
    CHECK(wrong <= 0.02 * repeats);
    CHECK((right >= 0.8 * repeats || r.multiplicity > 1));
  }
}

TEST_CASE("a crossing's logarithm is not taken for a constant, and large errors leave it open") {
  const CoefficientFit sharp = fit_coefficient(noisy(sweep(crossing, 1e2, 1e8, 10, 1e-4), 1));
  CHECK(sharp.multiplicity != 1);
  CHECK_FALSE(sharp.candidates[0].fits);
  const CoefficientFit blunt = fit_coefficient(noisy(sweep(crossing, 1e2, 1e6, 5, 0.05), 1));
  CHECK_FALSE(blunt.decided);
  CHECK(blunt.lower < 0.5);
  CHECK(blunt.upper > 0.5);
}

TEST_CASE("short sweeps and sweeps that nothing fits are said to be so") {
  CHECK(fit_coefficient(noisy(sweep(crossing, 1e2, 1e3, 5, 0.01), 0)).text.find("too short") != std::string::npos);
  CHECK(fit_coefficient(noisy(sweep(crossing, 1e2, 1e6, 2, 0.01), 0)).text.find("too few") != std::string::npos);
  const CoefficientFit falling =
      fit_coefficient(noisy(sweep([](double t) { return 3 - 0.1 * std::log(t); }, 1e2, 1e6, 8, 0.001), 0));
  CHECK(falling.multiplicity == 0);
  CHECK(falling.text.find("no λ") != std::string::npos);
  const std::vector<SweepPoint> bad{{1e2, 1, 0}};
  CHECK_THROWS_AS(fit_coefficient(bad), UsageError);
}
