#include "interp/volume/volume.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "interp/volume/splitting.h"

using namespace basin;
using namespace basin::interp;

namespace {

double cross(std::span<const double> w) { return w[0] * w[0] * w[1] * w[1]; }

double sphere(std::span<const double> w) {
  double sum = 0;
  for (double x : w) sum += x * x;
  return sum;
}

// Falls from `from` by a factor of ten at a time.
std::vector<double> decades(double from, int count) {
  std::vector<double> epsilons{from};
  while (int(epsilons.size()) < count) epsilons.push_back(epsilons.back() / 10);
  return epsilons;
}

// The mean slope 2 Δ log V / Δ log ε of w1² w2² in closed form.
double product_slope(double from, double to) {
  return 2 * (log_volume_product(1, from) - log_volume_product(1, to)) / std::log(from / to);
}

bool near(const Measured& measured, double wanted, double errors = 4) {
  CAPTURE(measured.value);
  CAPTURE(measured.error);
  CAPTURE(wanted);
  const bool inside = std::abs(measured.value - wanted) < errors * measured.error;
  CHECK(inside);
  return inside;
}

}  // namespace

TEST_CASE("a quadratic has the volume of an ellipsoid") {
  const double pi = std::numbers::pi, one[] = {1.0}, three[] = {1.0, 1.0, 1.0}, scaled[] = {4.0, 9.0};
  CHECK(std::exp(log_volume_quadratic(one, 0.25)) == doctest::Approx(1));
  CHECK(std::exp(log_volume_quadratic(three, 1)) == doctest::Approx(4 * pi / 3));
  CHECK(std::exp(log_volume_quadratic(scaled, 0.01)) == doctest::Approx(pi * 0.01 / 6));
  const double wrong[] = {1.0, 0.0};
  CHECK_THROWS_AS(log_volume_quadratic(wrong, 1), UsageError);
}

TEST_CASE("Figure 1 in closed form: 4t(1 + log 1/t), with a cut-off at κ") {
  const double t = 0.01;
  CHECK(std::exp(log_volume_product(1, 1e-4)) == doctest::Approx(4 * t * (1 + std::log(1 / t))));
  CHECK(log_volume_product(1e-3, 1e-7) == doctest::Approx(log_volume_product(1, 1e-4)));
  CHECK(n_eff_product(1, 3e-7) == doctest::Approx(0.8825).epsilon(1e-4));
  CHECK(std::exp(log_volume_product(1e-3, 1)) == doctest::Approx(4));
  CHECK(n_eff_product(1e-3, 1) == 0);
}

TEST_CASE(
    "a normal crossing of two squares is Figure 1, of one a power, of equal ones a sum of powers of a logarithm") {
  const int one[] = {1}, quartic[] = {2}, two[] = {1, 1}, four[] = {2, 2, 2, 2};
  for (double epsilon : {0.5, 1e-2, 1e-6, 1e-30, 1e-300}) {
    CAPTURE(epsilon);
    CHECK(log_volume_crossing(two, 3, epsilon) == doctest::Approx(log_volume_product(3, epsilon)).epsilon(1e-12));
    CHECK(n_eff_crossing(two, 3, epsilon) == doctest::Approx(n_eff_product(3, epsilon)).epsilon(1e-12));
    CHECK(log_volume_crossing(one, 2, epsilon) == doctest::Approx(std::log(2 * std::sqrt(epsilon / 2))).epsilon(1e-12));
    CHECK(n_eff_crossing(quartic, 2, epsilon) == doctest::Approx(0.5));
    const double x = std::log(1 / epsilon) / 4;
    CHECK(log_volume_crossing(four, 1, epsilon) ==
          doctest::Approx(std::log(16 * (1 + x + x * x / 2 + x * x * x / 6)) - x).epsilon(1e-12));
  }
  CHECK(n_eff_crossing(two, 1, 2) == 0);
}

TEST_CASE("a normal crossing with unequal exponents has a known sum of two powers, and λ = min 1/2k") {
  const int mixed[] = {1, 3};  // the chance that 2 E_1 + 6 E_2 > t
  for (double epsilon : {1e-1, 1e-8}) {
    const double t = std::log(1 / epsilon), slow = std::exp(-t / 6), fast = std::exp(-t / 2);
    CHECK(log_volume_crossing(mixed, 1, epsilon) == doctest::Approx(std::log(4 * (6 * slow - 2 * fast) / 4)));
    CHECK(n_eff_crossing(mixed, 1, epsilon) == doctest::Approx(2 * (slow - fast) / (6 * slow - 2 * fast)));
  }
  CHECK(n_eff_crossing(mixed, 1, 1e-60) == doctest::Approx(1.0 / 3));
  const int none[] = {0, 1};
  CHECK_THROWS_AS(log_volume_crossing(none, 1, 0.1), UsageError);
  CHECK_THROWS_AS(log_volume_crossing({}, 1, 0.1), UsageError);
}

TEST_CASE("Monte Carlo finds the closed forms within its binomial error") {
  const std::vector<double> epsilons = decades(2, 5);
  const VolumeCurve crosses = volume_by_monte_carlo(cross, {2}, epsilons, 100000, Rng(1, "mc"));
  for (std::size_t e = 1; e < epsilons.size(); ++e) near(crosses.log_volume[e], log_volume_product(1, epsilons[e]));
  CHECK(crosses.log_volume[0].value == doctest::Approx(std::log(4.0)));
  CHECK(crosses.log_volume[0].error == 0);
  const double curvatures[] = {1.0, 1.0, 1.0};
  const double small[] = {0.5, 0.1};
  const VolumeCurve balls = volume_by_monte_carlo(sphere, {3, 0.8}, small, 100000, Rng(2, "mc"));
  for (std::size_t e = 0; e < 2; ++e) near(balls.log_volume[e], log_volume_quadratic(curvatures, small[e]));
  near(balls.n_eff[0], 3);
}

TEST_CASE("slopes of Monte Carlo are twice those of log V, and its errors are as large as they say") {
  const std::vector<double> epsilons{0.6, 0.2, 0.05};
  double squares[5] = {};
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    const VolumeCurve v = volume_by_monte_carlo(cross, {2}, epsilons, 3000, Rng(seed, "honest"));
    for (std::size_t e = 0; e < 3; ++e)
      squares[e] += std::pow((v.log_volume[e].value - log_volume_product(1, epsilons[e])) / v.log_volume[e].error, 2);
    for (std::size_t e = 0; e < 2; ++e)
      squares[3 + e] +=
          std::pow((v.n_eff[e].value - product_slope(epsilons[e], epsilons[e + 1])) / v.n_eff[e].error, 2);
  }
  for (double s : squares) {  // a mean of 80 squares of about normal numbers: 1 with a standard error of 0.16
    CHECK(s / 80 > 0.4);
    CHECK(s / 80 < 1.8);
  }
  const double balls[] = {0.6, 0.1};
  for (std::int64_t d : {1, 2, 4})
    near(volume_by_monte_carlo(sphere, {d, 0.8}, balls, 100000, Rng(3, "slope")).n_eff[0], double(d));
}

TEST_CASE("where Monte Carlo has no hit the logarithm is -inf and the slope NaN") {
  const double epsilons[] = {1, 1e-30, 1e-40};
  const VolumeCurve v = volume_by_monte_carlo(sphere, {2}, epsilons, 1000, Rng(1, "mc"));
  CHECK(v.log_volume[1].value == -INFINITY);
  for (const Measured& slope : v.n_eff) CHECK_FALSE(std::isfinite(slope.error));
}

TEST_CASE("splitting finds λ = d/2 of quadratics in 2 to 30 dimensions") {
  for (std::int64_t d : {2, 5, 12, 30}) {
    CAPTURE(d);
    const std::vector<double> epsilons{0.9, 0.3};
    const SplittingOptions options{.particles = 250, .replicas = 6, .sweeps = 1, .threads = 2};
    const VolumeCurve v = volume_by_splitting(sphere, {d}, epsilons, Rng(3, "ball"), options);
    const std::vector<double> curvatures(d, 1.0);
    for (std::size_t e = 0; e < 2; ++e) near(v.log_volume[e], log_volume_quadratic(curvatures, epsilons[e]), 5);
    near(v.n_eff[0], double(d), 5);
    CHECK(v.n_eff[0].error < 0.1 * double(d));
  }
}

TEST_CASE("splitting follows curvatures of unequal size and turned axes") {
  const auto loss = [](std::span<const double> w) {
    const double a = w[0] + w[1] + w[2], b = w[0] - w[1], c = w[1] - w[2] / 2;
    return 100 * a * a + b * b + 1e-2 * c * c;
  };
  const double epsilons[] = {1e-4, 1e-6}, determinant = 2;  // of (a, b, c) by w
  const double curvatures[] = {100.0, 1.0, 1e-2};
  const VolumeCurve v = volume_by_splitting(loss, {3}, epsilons, Rng(4, "turned"), {.particles = 300, .replicas = 6});
  for (std::size_t e = 0; e < 2; ++e)
    near(v.log_volume[e], log_volume_quadratic(curvatures, epsilons[e]) - std::log(determinant), 5);
  near(v.n_eff[0], 3, 5);
}

TEST_CASE("splitting follows the arms of w1² w2², far below what Monte Carlo sees") {
  const std::vector<double> epsilons{1e-2, 1e-6, 1e-12, 1e-24};
  const VolumeCurve v = volume_by_splitting(cross, {2}, epsilons, Rng(5, "cross"), {.replicas = 6, .threads = 2});
  for (std::size_t e = 0; e < epsilons.size(); ++e) {
    near(v.log_volume[e], log_volume_product(1, epsilons[e]), 5);
    CHECK(v.log_volume[e].error < 0.2);
  }
  for (std::size_t e = 0; e < v.n_eff.size(); ++e) near(v.n_eff[e], product_slope(epsilons[e], epsilons[e + 1]), 5);
  CHECK(v.middles()[1] == doctest::Approx(1e-9));
}

// One replica of 20 points is off by a factor of two or more. The mean of V over replicas is right on average all the
// same; the mean of log V is not.
TEST_CASE("splitting estimates V without bias, however rough its replicas are") {
  constexpr int seeds = 300;
  const double epsilons[] = {1e-4, 1e-8};
  double sum[2] = {}, squares[2] = {};
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const VolumeCurve v = volume_by_splitting(cross, {2}, epsilons, Rng(seed, "rough"), {.particles = 20, .keep = 0.5});
    for (std::size_t e = 0; e < 2; ++e) {
      const double ratio = std::exp(v.log_volume[e].value - log_volume_product(1, epsilons[e]));
      sum[e] += ratio / seeds;
      squares[e] += ratio * ratio / seeds;
    }
  }
  for (std::size_t e = 0; e < 2; ++e) {
    CAPTURE(e);
    const double spread = std::sqrt(squares[e] - sum[e] * sum[e]), error = spread / std::sqrt(double(seeds));
    CAPTURE(sum[e]);
    CHECK(std::abs(sum[e] - 1) < 4 * error);
    CHECK(error < 0.04);
  }
}

TEST_CASE("errors of splitting are as large as they say") {
  const double epsilons[] = {1e-2, 1e-6};
  double squares[3] = {};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const VolumeCurve v = volume_by_splitting(cross, {2}, epsilons, Rng(seed, "honest"),
                                              {.particles = 100, .replicas = 20, .threads = 2});
    for (std::size_t e = 0; e < 2; ++e)
      squares[e] += std::pow((v.log_volume[e].value - log_volume_product(1, epsilons[e])) / v.log_volume[e].error, 2);
    squares[2] += std::pow((v.n_eff[0].value - product_slope(epsilons[0], epsilons[1])) / v.n_eff[0].error, 2);
  }
  for (double s : squares) {
    CHECK(s / 60 > 0.45);
    CHECK(s / 60 < 1.9);
  }
}

TEST_CASE("splitting finds the exponents of a product of powers and of a triangle of products") {
  const auto powers = [](std::span<const double> w) { return w[0] * w[0] * std::pow(w[1], 4); };
  const auto triangle = [](std::span<const double> w) {
    const double x = w[0] * w[0], y = w[1] * w[1], z = w[2] * w[2];
    return x * y + y * z + z * x;
  };
  const double epsilons[] = {1e-8, 1e-16};
  const SplittingOptions options{.particles = 300, .replicas = 6, .threads = 2};
  const VolumeCurve p = volume_by_splitting(powers, {2}, epsilons, Rng(6, "powers"), options);
  const int exponents[] = {1, 2};
  for (std::size_t e = 0; e < 2; ++e) near(p.log_volume[e], log_volume_crossing(exponents, 1, epsilons[e]), 5);
  const VolumeCurve t = volume_by_splitting(triangle, {3}, epsilons, Rng(6, "triangle"), options);
  CHECK(t.n_eff[0].value == doctest::Approx(1.5).epsilon(0.1));
}

TEST_CASE("a box of another size and a level above the largest loss are no trouble") {
  const double epsilons[] = {10, 0.01};
  const VolumeCurve v = volume_by_splitting(sphere, {2, 0.5}, epsilons, Rng(7, "small"), {.particles = 200});
  CHECK(v.log_volume[0].value == doctest::Approx(0));
  CHECK(v.log_volume[0].error == 0);
  near(v.log_volume[1], std::log(std::numbers::pi * 0.01), 5);
}

TEST_CASE("both estimates are equal to the bit for 1 and 3 threads, and differ for other seeds") {
  const double epsilons[] = {1e-1, 1e-3};
  const auto same = [](const VolumeCurve& a, const VolumeCurve& b) {
    return a.log_volume[1].value == b.log_volume[1].value && a.log_volume[1].error == b.log_volume[1].error &&
           a.n_eff[0].value == b.n_eff[0].value;
  };
  const auto split = [&](std::uint64_t seed, int threads) {
    return volume_by_splitting(cross, {2}, epsilons, Rng(seed, "s"),
                               {.particles = 50, .replicas = 4, .threads = threads});
  };
  const auto draw = [&](std::uint64_t seed, int threads) {
    return volume_by_monte_carlo(cross, {2}, epsilons, 30000, Rng(seed, "s"), threads);
  };
  CHECK(same(split(1, 1), split(1, 3)));
  CHECK_FALSE(same(split(1, 1), split(2, 1)));
  CHECK(same(draw(1, 1), draw(1, 3)));
  CHECK_FALSE(same(draw(1, 1), draw(2, 1)));
}

TEST_CASE("wrong losses and options are refused with what to do") {
  const double epsilons[] = {1e-1, 1e-3}, rising[] = {1e-3, 1e-1}, zero[] = {0.0};
  const Rng rng(1, "s");
  for (std::span<const double> wrong : {std::span<const double>(rising), std::span<const double>(zero), {}}) {
    CHECK_THROWS_AS(volume_by_splitting(cross, {2}, wrong, rng), UsageError);
    CHECK_THROWS_AS(volume_by_monte_carlo(cross, {2}, wrong, 100, rng), UsageError);
  }
  CHECK_THROWS_AS(volume_by_monte_carlo(cross, {2}, epsilons, 0, rng), UsageError);
  for (const SplittingOptions& wrong : std::initializer_list<SplittingOptions>{
           {.particles = 19}, {.replicas = 1}, {.sweeps = 0}, {.keep = 0}, {.keep = 1}})
    CHECK_THROWS_AS(volume_by_splitting(cross, {2}, epsilons, rng, wrong), UsageError);
  CHECK_THROWS_AS(volume_by_splitting(cross, {0}, epsilons, rng), UsageError);
  const auto negative = [](std::span<const double> w) { return w[0]; };
  const auto nan = [](std::span<const double>) { return NAN; };
  const auto raised = [](std::span<const double> w) { return 0.5 + sphere(w); };
  CHECK_THROWS_WITH_AS(volume_by_splitting(negative, {1}, epsilons, rng), doctest::Contains("0 or more"),
                       NumericalError);
  CHECK_THROWS_AS(volume_by_monte_carlo(nan, {1}, epsilons, 100, rng), NumericalError);
  CHECK_THROWS_WITH_AS(volume_by_splitting(raised, {2}, epsilons, rng), doctest::Contains("does not fall below"),
                       NumericalError);
}
