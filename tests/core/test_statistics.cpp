#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/file.h"
#include "core/rng.h"
#include "core/statistics.h"

using namespace basin;

namespace {

const nlohmann::json& expected() {
  static const auto all = nlohmann::json::parse(read_file(BASIN_SOURCE_DIR "/tests/golden/statistics/statistics.json"));
  return all;
}

std::vector<double> numbers(const nlohmann::json& of) { return of.get<std::vector<double>>(); }

}  // namespace

TEST_CASE("an estimate by hand") {
  const std::vector<double> values{1, 2, 3, 4};
  const Estimate e = estimate(values);
  CHECK(e.mean == doctest::Approx(2.5));
  CHECK(e.deviation == doctest::Approx(std::sqrt(5.0 / 3)));
  CHECK(e.high - e.mean == doctest::Approx(3.18245 * std::sqrt(5.0 / 3) / 2).epsilon(1e-6));
  CHECK(e.excludes_zero());
}

TEST_CASE("pairs are compared pair by pair") {
  const std::vector<double> before{1, 2, 3}, after{2, 4, 6};
  const Paired p = paired(before, after);
  CHECK(p.before == 2);
  CHECK(p.after == 4);
  CHECK(p.difference.mean == 2);
  CHECK(p.difference.deviation == doctest::Approx(1));
  CHECK_THROWS_AS(paired(before, std::vector<double>{1, 2}), ShapeError);
}

TEST_CASE("over pairs: of half sums it is the estimate of the things themselves; else by leaving out each") {
  const std::vector<double> x{1, 4, 2, 8, 5};
  std::vector<double> half_sums, products;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j)
      half_sums.push_back((x[i] + x[j]) / 2), products.push_back(x[i] * x[j]);
  const Estimate e = estimate_over_pairs(5, half_sums), single = estimate(x);
  CHECK(e.mean == doctest::Approx(single.mean));
  CHECK(e.low == doctest::Approx(single.low));
  CHECK(e.high == doctest::Approx(single.high));
  CHECK(e.count == 5);
  std::vector<double> without;  // means of the products that leave out one
  for (std::size_t out = 0; out < x.size(); ++out) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t j = i + 1; j < x.size(); ++j) sum += i == out || j == out ? 0 : x[i] * x[j];
    without.push_back(sum / 6);
  }
  const Estimate left = estimate(without), of = estimate_over_pairs(5, products);
  CHECK(of.mean == doctest::Approx(left.mean));
  CHECK(of.deviation == doctest::Approx(4 * left.deviation));  // the jackknife's: (n - 1) times
}

TEST_CASE("over pairs of too few things") {
  const std::vector<double> one{0.5};
  CHECK(estimate_over_pairs(2, one).mean == 0.5);
  CHECK(std::isinf(estimate_over_pairs(2, one).high));
  CHECK(std::isnan(estimate_over_pairs(1, {}).mean));
  CHECK_THROWS_AS(estimate_over_pairs(3, one), ShapeError);
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

TEST_CASE("adjusted means are the intercepts of numpy, and covariates that say nothing are left out") {
  for (const auto& fit : expected().at("fits")) {
    CAPTURE(fit.at("name").get<std::string>());
    const Adjusted a = adjusted(numbers(fit.at("y")), fit.at("covariates").get<std::vector<std::vector<double>>>());
    CHECK(a.covariates == fit.at("used").get<std::int64_t>());
    CHECK(a.at_zero.mean == doctest::Approx(fit.at("mean").get<double>()).epsilon(1e-10));
    CHECK(a.at_zero.deviation == doctest::Approx(fit.at("deviation").get<double>()).epsilon(1e-10));
    const double half = (fit.at("high").get<double>() - fit.at("low").get<double>()) / 2;
    CHECK(a.at_zero.high - a.at_zero.mean == doctest::Approx(half).epsilon(1e-3));
    CHECK(a.at_zero.mean - a.at_zero.low == doctest::Approx(half).epsilon(1e-3));
  }
}

TEST_CASE("an adjusted mean without covariates is the mean") {
  const std::vector<double> y{1, 2, 4, 9}, zeros(4);
  const Estimate plain = estimate(y);
  for (const auto& covariates : {std::vector<std::vector<double>>{}, {zeros, zeros}}) {
    const Estimate e = adjusted(y, covariates).at_zero;
    CHECK(e.mean == doctest::Approx(plain.mean));
    CHECK(e.low == doctest::Approx(plain.low));
    CHECK(e.count == 4);
  }
}

TEST_CASE("an adjusted mean recovers what a covariate hides, and knows when there are too few values") {
  const std::vector<double> y{2.1, 4, 6, 8.1};
  const Adjusted a = adjusted(y, std::vector<std::vector<double>>{{1, 2, 3, 4}});
  CHECK(estimate(y).excludes_zero());
  CHECK(!a.at_zero.excludes_zero());
  const Adjusted few = adjusted(std::vector<double>{1, 5}, std::vector<std::vector<double>>{{1, 2}});
  CHECK(few.at_zero.mean == doctest::Approx(-3));
  CHECK(std::isinf(few.at_zero.high));
  CHECK(std::isnan(adjusted({}, {}).at_zero.mean));
  CHECK_THROWS_AS(adjusted(y, std::vector<std::vector<double>>{{1, 2}}), ShapeError);
}

TEST_CASE("what a covariate explains to the last bit is no effect") {
  const std::vector<double> y{0, 0, 0.3, 0, 0.1, 0, 0}, same{0, 0, 3, 0, 1, 0, 0};
  const Estimate e = adjusted(y, std::vector<std::vector<double>>{same}).at_zero;
  CHECK(std::abs(e.mean) < 1e-15);
  CHECK(!e.excludes_zero());
}

TEST_CASE("correlations and their intervals are scipy's") {
  for (const auto& c : expected().at("correlations")) {
    CAPTURE(c.at("name").get<std::string>());
    const Correlation got = correlation(numbers(c.at("x")), numbers(c.at("y")), c.at("lost").get<std::int64_t>());
    CHECK(got.r == doctest::Approx(c.at("r").get<double>()).epsilon(1e-10));
    CHECK(got.low == doctest::Approx(c.at("low").get<double>()).epsilon(1e-5));
    CHECK(got.high == doctest::Approx(c.at("high").get<double>()).epsilon(1e-5));
  }
}

TEST_CASE("a correlation says when it knows nothing") {
  const std::vector<double> x{1, 2, 3, 4, 5}, flat(5, 0.1), y{2, 4, 6, 8, 10};
  CHECK(correlation(x, y).r == doctest::Approx(1));
  CHECK(correlation(x, y).excludes_zero());
  const Correlation nothing = correlation(x, flat);
  CHECK(std::isnan(nothing.r));
  CHECK(!nothing.excludes_zero());
  const Correlation few = correlation(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2, 4});
  CHECK(few.low == -1);
  CHECK(few.high == 1);
  CHECK_THROWS_AS(correlation(x, std::vector<double>{1, 2}), ShapeError);
}

TEST_CASE("the worse of two errors is NaN's, whichever comes first") {
  CHECK(worse(1, 2) == 2);
  CHECK(worse(2, 1) == 2);
  CHECK(worse(1, NAN) == INFINITY);
  CHECK(worse(worse(0, NAN), 1) == INFINITY);
}

TEST_CASE("within groups each group's mean is removed, and costs a degree of freedom") {
  const std::vector<double> x{1, 2, 3, 11, 12, 13, 21, 22, 23}, y{9, 8, 7, 19, 18, 17, 29, 28, 27};
  const std::vector<std::int64_t> group{0, 0, 0, 5, 5, 5, 1, 1, 1}, one(9, 0);
  CHECK(correlation(x, y).r > 0.9);
  CHECK(correlation_within(x, y, group).r == doctest::Approx(-1));
  const std::vector<double> noisy{9, 9, 6, 19, 17, 18, 29, 28, 27};
  const std::vector<double> x_left{-1, 0, 1, -1, 0, 1, -1, 0, 1}, noisy_left{1, 1, -2, 1, -1, 0, 1, 0, -1};
  const Correlation within = correlation_within(x, noisy, group), wanted = correlation(x_left, noisy_left, 2);
  CHECK(within.r == doctest::Approx(wanted.r));
  CHECK(within.high == doctest::Approx(wanted.high));
  CHECK(within.count == 9);
  CHECK(correlation_within(x, y, one).low == correlation(x, y).low);
  CHECK(std::isnan(correlation_within(std::vector<double>{}, std::vector<double>{}, std::vector<std::int64_t>{}).r));
  CHECK_THROWS_AS(correlation_within(x, y, std::vector<std::int64_t>{1}), ShapeError);
}

TEST_CASE("normal quantiles are those of tables, symmetric, and undo the distribution") {
  CHECK(normal_quantile(0.5) == doctest::Approx(0));
  CHECK(normal_quantile(0.975) == doctest::Approx(normal_95).epsilon(1e-7));
  CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-14));
  CHECK(normal_quantile(1e-10) == doctest::Approx(-6.361340902404056).epsilon(1e-14));
  for (double p = 1e-12; p < 0.5; p *= 1.7) {
    CAPTURE(p);
    CHECK(std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / 2 == doctest::Approx(p).epsilon(1e-13));
    CHECK(normal_quantile(1 - p) == doctest::Approx(-normal_quantile(p)).epsilon(1e-4));  // 1 - p is rounded
  }
  for (double p : {0.0, 1.0, -0.1, double(NAN)}) CHECK_THROWS_AS(normal_quantile(p), UsageError);
}
