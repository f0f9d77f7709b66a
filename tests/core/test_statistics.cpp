#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/rng.h"
#include "core/statistics.h"

using namespace basin;

TEST_CASE("an estimate by hand") {
  const std::vector<double> values{1, 2, 3, 4};
  const Estimate e = estimate(values);
  CHECK(e.mean == doctest::Approx(2.5));
  CHECK(e.deviation == doctest::Approx(std::sqrt(5.0 / 3)));
  CHECK(e.high - e.mean == doctest::Approx(3.18245 * std::sqrt(5.0 / 3) / 2).epsilon(1e-6));
  CHECK(e.excludes_zero());
}

TEST_CASE("one value has no interval, none has nothing") {
  const std::vector<double> one{2};
  CHECK(!estimate(one).excludes_zero());
  CHECK(std::isinf(estimate(one).high));
  CHECK(std::isnan(estimate({}).mean));
}

TEST_CASE("quantiles of Student's t agree with tables") {
  CHECK(student_t_95(1) == doctest::Approx(12.7062));
  CHECK(student_t_95(11) == doctest::Approx(2.20099).epsilon(1e-3));
  CHECK(student_t_95(30) == doctest::Approx(2.04227).epsilon(1e-3));
  CHECK(student_t_95(1000) == doctest::Approx(1.96234).epsilon(1e-4));
}

TEST_CASE("the interval holds the mean in 95 % of experiments") {
  Rng rng(1, "intervals");
  int inside = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<double> values(5);
    for (double& v : values) v = 3 + rng.normal();
    const Estimate e = estimate(values);
    inside += e.low < 3 && 3 < e.high;
  }
  CHECK(inside > 0.935 * 4000);
  CHECK(inside < 0.965 * 4000);
}
