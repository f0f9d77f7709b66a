#include "interp/llc/finite_n.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "interp/llc/learning_coefficient.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/network_coefficient.h"
#include "interp/llc/pfaffian.h"

using namespace basin;
using namespace basin::interp;

namespace {

const nlohmann::json& golden(const char* part) {
  static const auto all = nlohmann::json::parse(read_file(BASIN_SOURCE_DIR "/tests/golden/llc/finite_n.json"));
  return all.at(part);
}

// As printed with so many decimals, the last one rounded or cut off.
bool reads(double value, double printed, int decimals) { return std::abs(value - printed) < std::pow(10, -decimals); }

double relative(const Integrated& got, double wanted) { return std::abs(got.value / wanted - 1); }

}  // namespace

TEST_CASE("crossings at finite t, as tabled") {
  struct Row {
    int a, b;
    std::vector<double> values;  // at t = 1e2, 579, 1e4, 1e8
  };
  const std::vector<Row> rows = {
      {0, 1, {.4975, .4996, .5000, .5000}}, {1, 1, {.3542, .3833, .4123, .4515}}, {0, 2, {.2417, .2465, .2492, .2500}},
      {1, 2, {.2057, .2212, .2358, .2486}}, {2, 2, {.1471, .1614, .1785, .2067}}, {0, 3, {.1556, .1604, .1642, .1666}},
      {1, 3, {.1393, .1487, .1579, .1660}}, {2, 3, {.1099, .1201, .1326, .1533}}, {3, 3, {.0874, .0956, .1065, .1274}},
  };
  const std::vector<double> t = {1e2, 579, 1e4, 1e8};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < t.size(); ++i) {
      CAPTURE(row.a);
      CAPTURE(row.b);
      CAPTURE(t[i]);
      const Integrated got = crossing_finite_n(row.a, row.b, t[i]);
      CHECK(reads(got.value, row.values[i], 4));
      CHECK(got.error <= 1e-6 * got.value);
      CHECK(crossing_finite_n(row.b, row.a, t[i]).value == doctest::Approx(got.value).epsilon(1e-12));
    }
}

TEST_CASE("crossings, homogeneous losses and linear layers agree with another program's quadrature") {
  for (const auto& row : golden("crossings")) {
    CAPTURE(row.dump());
    CHECK(relative(crossing_finite_n(row["a"], row["b"], row["t"]), row["value"]) < 1e-8);
  }
  for (const auto& row : golden("homogeneous")) {
    CAPTURE(row.dump());
    std::vector<PowerTerm> terms;
    for (const auto& term : row["terms"]) terms.push_back({term[0], term[1]});
    CHECK(relative(homogeneous_finite_n(terms, row["t"], row["gamma"]), row["value"]) < 1e-8);
  }
  for (const auto& row : golden("linear")) {
    CAPTURE(row.dump());
    const LinearLayers layers{row["inputs"], row["hidden"], row["outputs"], row["truth"]};
    CHECK(relative(linear_finite_n(layers, row["t"]), row["value"]) < 1e-7);
  }
}

TEST_CASE("homogeneous losses: λ at every n under a flat prior, less with localisation, as tabled") {
  const std::vector<PowerTerm> both = {{1, 2}, {1, 4}}, quartic = {{1, 4}}, many = {{3, 2}, {0.1, 2}, {1, 4}, {7, 6}};
  for (double t : {1e-3, 1.0, 1e9}) {
    CHECK(homogeneous_finite_n(both, t, 0).value == 0.75);
    CHECK(homogeneous_finite_n(many, t, 0).value == homogeneous({2, 2, 4, 6}).lambda);
  }
  CHECK(reads(homogeneous_finite_n(both, 100, 1).value, .7392, 4));
  CHECK(reads(homogeneous_finite_n(both, 100, 10).value, .6565, 4));
  CHECK(reads(homogeneous_finite_n(both, 100, 100).value, .3567, 4));
  CHECK(reads(homogeneous_finite_n(quartic, 100, 1).value, .2417, 4));
  CHECK(reads(homogeneous_finite_n(quartic, 100, 10).value, .1803, 4));
  CHECK(reads(homogeneous_finite_n(quartic, 100, 100).value, .0234, 4));
  CHECK(homogeneous_finite_n(many, 100, 1e-9).value == doctest::Approx(homogeneous({2, 2, 4, 6}).lambda).epsilon(1e-6));
  CHECK(crossing_finite_n(0, 2, 77).value == doctest::Approx(homogeneous_finite_n(quartic, 77, 1).value).epsilon(1e-9));
}

TEST_CASE("quadratic losses in closed form, by quadrature and by the effective number of parameters") {
  const std::vector<double> h = {4, 1, 0.01, 0};
  double half = 0;
  for (double v : h) half += 100 * v / (100 * v + 3) / 2;
  CHECK(quadratic_finite_n(h, 100, 3) == doctest::Approx(half).epsilon(1e-15));
  CHECK(quadratic_finite_n(h, 100, 0) == 1.5);
  const std::vector<PowerTerm> terms = {{2, 2}, {0.5, 2}, {0.005, 2}};  // ½ h w²
  CHECK(homogeneous_finite_n(terms, 100, 3).value == doctest::Approx(half).epsilon(1e-9));
}

TEST_CASE("minima on a sphere: the moments of a normal |w|²") {
  for (const double t : {1e3, 1e5})
    for (const double gamma : {1.0, 20.0}) {
      const double mean = -gamma / (4 * t), variance = 1 / (2 * t), square = mean * mean + variance;
      const double cube = mean * mean * mean + 3 * mean * variance;
      CHECK(sphere_finite_n(2, t, gamma).value == doctest::Approx(t * square).epsilon(1e-8));
      CHECK(sphere_finite_n(4, t, gamma).value == doctest::Approx(t * (square + cube) / (1 + mean)).epsilon(1e-8));
    }
  CHECK(sphere_finite_n(3, 1e8, 1).value == doctest::Approx(0.5));
  CHECK(sphere_finite_n(1, 0.5, 1).value < 0.5);
  CHECK_THROWS_AS(sphere_finite_n(2, 10, 0), UsageError);
  CHECK_THROWS_AS(sphere_finite_n(0, 10, 1), UsageError);
}

TEST_CASE("localisation only takes away") {
  double quadratic = 1e9, power = 1e9, linear = 1e9;
  for (double gamma : {0.01, 0.1, 1.0, 10.0, 100.0, 1e4}) {
    CAPTURE(gamma);
    const double next_quadratic = quadratic_finite_n({3, 0.2}, 50, gamma);
    const double next_power = homogeneous_finite_n({{1, 2}, {2, 4}, {1, 8}}, 50, gamma).value;
    const double next_linear = linear_finite_n({3, 2, 4}, 50, gamma).value;
    CHECK(next_quadratic < quadratic);
    CHECK(next_power < power);
    CHECK(next_linear < linear);
    quadratic = next_quadratic, power = next_power, linear = next_linear;
  }
}

TEST_CASE("localisation of 10 at the origin of a linear network costs about 4 % at t = 1e4") {
  const double kept = linear_finite_n({5, 3, 5}, 1e4, 10).value / linear_finite_n({5, 3, 5}, 1e4).value;
  CHECK(kept == doctest::Approx(0.96).epsilon(0.01));
}

TEST_CASE("linear layers: doubly null directions at finite n") {
  const std::vector<std::pair<double, std::vector<double>>> rows = {{1, {3.358, 3.393, 3.428}},
                                                                    {3, {3.366, 3.397, 3.430}}};
  const std::vector<double> t = {1e3, 1e4, 1e6}, tabled = {3.37, 3.40, 3.43};
  for (const auto& [truth, values] : rows)
    for (std::size_t i = 0; i < t.size(); ++i) {
      CHECK(std::abs(linear_finite_n({3, 2, 3, truth}, t[i]).value - values[i]) <= 0.0005);
      if (truth == 3) CHECK(std::abs(linear_finite_n({3, 2, 3, truth}, t[i]).value - tabled[i]) <= 0.005);
    }
  CHECK(reads(linear_finite_n({3, 3, 3, 3}, 1e6).value, 4.00, 2));
  CHECK(linear_finite_n({3, 3, 3, 3}, 1e12).value ==
        doctest::Approx(reduced_rank_coefficient(3, 3, 3, 1).lambda).epsilon(1e-5));
}

TEST_CASE("linear layers: slopes of log Z between n = 1e3 and 1e4, as tabled") {
  struct Row {
    LinearLayers layers;
    double slope;
  };
  const std::vector<Row> rows = {
      {{1, 1, 1}, 0.402}, {{2, 1, 2}, 0.887}, {{2, 2, 2}, 1.471}, {{2, 3, 2}, 1.866}, {{3, 2, 3}, 2.459}};
  const double root = std::sqrt(0.6);  // Gauss-Legendre of three nodes in log t
  for (const Row& row : rows) {
    const auto at = [&](double x) { return linear_finite_n(row.layers, std::pow(10, 3.5 + 0.5 * x)).value; };
    CHECK(reads((5 * at(-root) + 8 * at(0) + 5 * at(root)) / 18, row.slope, 3));
  }
}

TEST_CASE("linear layers tend to λ - (m - 1)/log t, and inputs may change places with outputs") {
  struct Row {
    std::int64_t N, H, M;
  };
  for (const auto& [N, H, M] : std::vector<Row>{{1, 1, 1},
                                                {2, 1, 2},
                                                {2, 2, 2},
                                                {3, 2, 3},
                                                {3, 3, 3},
                                                {5, 3, 5},
                                                {5, 4, 5},
                                                {4, 3, 8},
                                                {3, 8, 4},
                                                {1, 3, 1},
                                                {6, 4, 5}}) {
    CAPTURE(N);
    CAPTURE(H);
    CAPTURE(M);
    for (std::int64_t r : {0, 1}) {
      const double truth = r == 0 ? 0 : 1.5;
      const auto [lambda, m] = reduced_rank_coefficient(N, H, M, r);
      const double near = linear_finite_n({N, H, M, truth}, 1e6).value;
      const double far = linear_finite_n({N, H, M, truth}, 1e12).value;
      CHECK(linear_finite_n({M, H, N, truth}, 1e6).value == doctest::Approx(near).epsilon(1e-8));
      if (m == 1) CHECK(far == doctest::Approx(lambda).epsilon(1e-5));
      // λ - 1/(log t + c) at two t without c: the gaps' inverses differ by log(far/near).
      if (m == 2) CHECK(1 / (lambda - far) - 1 / (lambda - near) == doctest::Approx(6 * std::log(10)).epsilon(0.02));
    }
  }
}

TEST_CASE("large linear layers, and a truth that is nearly none") {
  CHECK(linear_finite_n({20, 10, 20}, 1e12).value == doctest::Approx(87.5).epsilon(1e-5));
  CHECK(linear_finite_n({30, 20, 30}, 1e12).value == doctest::Approx(250).epsilon(1e-5));
  CHECK(linear_finite_n({20, 10, 20, 2}, 1e12).value ==
        doctest::Approx(reduced_rank_coefficient(20, 10, 20, 1).lambda - 1 / (12 * std::log(10))).epsilon(1e-3));
  CHECK_THROWS_WITH_AS(linear_finite_n({3, 2, 3, 50}, 1e4), doctest::Contains("use a smaller model"), NumericalError);
  CHECK(linear_finite_n({3, 2, 3, 1e-9}, 1e3).value ==
        doctest::Approx(linear_finite_n({3, 2, 3}, 1e3).value).epsilon(1e-8));
}

TEST_CASE("a Pfaffian and its derivative by hand") {
  const auto at = [](double s) {  // a01 a23 - a02 a13 + a03 a12 with a01 = s
    const std::vector<double> a = {0, s, 2, -3, -s, 0, 5, 4, -2, -5, 0, 0.5, 3, -4, -0.5, 0};
    std::vector<Dual> dual(a.begin(), a.end());
    dual[1].slope = 1, dual[4].slope = -1;
    return log_pfaffian(dual, 4);
  };
  for (double s : {0.0, 1.0, -20.0, 100.0}) {
    const double pfaffian = s * 0.5 - 2 * 4 + -3 * 5;
    CHECK(std::exp(at(s).value).real() == doctest::Approx(pfaffian).epsilon(1e-13));
    CHECK(at(s).slope.real() == doctest::Approx(0.5 / pfaffian).epsilon(1e-13));
  }
  CHECK_THROWS_AS(log_pfaffian(std::vector<Dual>(9), 3), UsageError);
}

TEST_CASE("what is no posterior is refused, and what quadrature cannot do is said") {
  CHECK_THROWS_AS(crossing_finite_n(0, 0, 10), UsageError);
  CHECK_THROWS_AS(crossing_finite_n(1, 1, 0), UsageError);
  CHECK_THROWS_AS(homogeneous_finite_n({{0, 2}}, 1, 1), UsageError);
  CHECK_THROWS_AS(homogeneous_finite_n({{1, 0}}, 1, 1), UsageError);
  CHECK_THROWS_AS(homogeneous_finite_n({{1, 2}}, 1, -1), UsageError);
  CHECK_THROWS_AS(quadratic_finite_n({-1}, 1, 1), UsageError);
  CHECK_THROWS_AS(linear_finite_n({3, 0, 3}, 10), UsageError);
  CHECK_THROWS_AS(linear_finite_n({3, 2, 3, -1}, 10), UsageError);
  CHECK_THROWS_AS(linear_finite_n({3, 2, 3}, 10, 0), UsageError);
  CHECK_THROWS_WITH_AS(by_doubling("a step", [](int nodes) { return nodes == 8 ? 1 : 1.1; }),
                       doctest::Contains("a step: quadrature gives 1 with 8 nodes"), NumericalError);
  CHECK_THROWS_AS(by_doubling("1e-5 off", [](int nodes) { return nodes == 8 ? 1 : 1 + 1e-5; }), NumericalError);
  CHECK_THROWS_AS(by_doubling("nothing", [](int) { return NAN; }), NumericalError);
  CHECK(by_doubling("nearly", [](int nodes) { return nodes == 8 ? 1 : 1 + 1e-7; }).error ==
        doctest::Approx(1e-7).epsilon(1e-6));
}
