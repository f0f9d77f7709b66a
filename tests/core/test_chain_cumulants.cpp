// Covariances and third cumulants of chains: the numbers of numpy, and intervals that hold what is known.
#include "core/chain_cumulants.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "ar1.h"
#include "core/covariance_table.h"
#include "core/error.h"
#include "core/file.h"
#include "core/matrix.h"
#include "core/statistics.h"

using namespace basin;

namespace {

const nlohmann::json& golden() {
  static const auto all = nlohmann::json::parse(read_file(BASIN_SOURCE_DIR "/tests/golden/chains/cumulants.json"));
  return all;
}

double value(const char* name) { return golden().at(name).get<double>(); }

Matrix traces(const char* name) {
  const auto shape = golden().at("shape").get<std::vector<std::int64_t>>();
  return {{shape[0], shape[1]}, golden().at(name).get<std::vector<double>>()};
}

void check_interval(const ChainMean& m, const char* name) {
  const auto& g = golden().at(name);
  CAPTURE(name);
  CHECK(m.mean == doctest::Approx(g.at("mean").get<double>()).epsilon(1e-10));
  CHECK(m.within_error == doctest::Approx(g.at("within_error").get<double>()).epsilon(1e-10));
  CHECK(m.between_error == doctest::Approx(g.at("between_error").get<double>()).epsilon(1e-10));
  CHECK(m.iat == doctest::Approx(g.at("iat").get<double>()).epsilon(1e-10));
}

// As one observable, or several side by side.
Tensor<double> table(const std::vector<Matrix>& of) {
  const std::int64_t p = std::ssize(of);
  Tensor<double> all(Shape{of[0].rows(), of[0].cols(), p});
  for (std::int64_t j = 0; j < p; ++j)
    for (std::int64_t i = 0; i < of[j].size(); ++i) all[i * p + j] = of[j][i];
  return all;
}

Matrix combined(double a, const Matrix& x, double b, const Matrix& y) {
  Matrix sum(x.shape);
  for (std::int64_t i = 0; i < x.size(); ++i) sum[i] = a * x[i] + b * y[i];
  return sum;
}

bool holds(double value, double error, double exact) { return std::abs(value - exact) <= normal_95 * error; }

struct Covered {
  int covariance = 0, cumulant = 0, table = 0, correlation = 0;
};

// x and y = 0.6 x + 0.8 noise, both of variance 1, and z = x y: Cov[x, y] = 0.6 and, for normal numbers,
// κ₃(x, y, z) = E[x² y²] - E[x y]² = 1 + 0.6².
Covered repeats(std::int64_t chains, double phi) {
  Rng rng(5, "coverage");
  Covered c;
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const Matrix x = ar1(chains, 400, phi, rng), y = combined(0.6, x, 0.8, ar1(chains, 400, phi, rng));
    Matrix z = x;
    for (std::int64_t i = 0; i < z.size(); ++i) z[i] *= y[i];
    const ChainMean covariance = chain_covariance(x, y), cumulant = chain_third_cumulant(x, y, z);
    const CovarianceTable of_all = chain_covariances(table({x}), table({y})),
                          r = chain_correlations(table({x}), table({y}));
    c.covariance += holds(covariance.mean, covariance.error, 0.6);
    c.cumulant += holds(cumulant.mean, cumulant.error, 1.36);
    c.table += holds(of_all.value[0], of_all.error[0], 0.6);
    c.correlation += holds(r.value[0], r.error[0], 0.6);
  }
  return c;
}

}  // namespace

TEST_CASE("covariances, cumulants and their errors are the numbers of numpy") {
  const Matrix x = traces("x"), y = traces("y"), z = traces("z");
  check_interval(chain_covariance(x, z), "covariance");
  check_interval(chain_third_cumulant(x, y, z), "third_cumulant");
  CHECK(chain_covariance(x, z).mean == doctest::Approx(value("numpy_covariance")).epsilon(1e-10));
  CHECK(chain_third_cumulant(x, y, z).mean == doctest::Approx(value("third_moment")).epsilon(1e-10));
  const CovarianceTable all = chain_covariances(table({x, y}), table({y, x, z})),
                        r = chain_correlations(table({x, y}), table({y, x, z}));
  CHECK(all.value.shape == Shape{2, 3});
  CHECK(all.value(0, 2) == doctest::Approx(value("numpy_covariance")).epsilon(1e-10));
  CHECK(all.error(0, 2) == doctest::Approx(value("table_error")).epsilon(1e-3));  // Student's quantiles are
  CHECK(r.value(0, 2) == doctest::Approx(value("correlation")).epsilon(1e-10));
  CHECK(r.error(0, 2) == doctest::Approx(value("correlation_error")).epsilon(1e-3));
  CHECK(r.value(0, 1) == doctest::Approx(1).epsilon(1e-12));
  CHECK(r.error(0, 1) < 1e-12);
}

TEST_CASE("95 % intervals of covariances, correlations and cumulants hold 92 to 99.5 % of the time") {
  for (const auto& [chains, phi] : {std::pair{8, 0.0}, {4, 0.8}}) {
    const Covered c = repeats(chains, phi);
    CAPTURE(phi);
    for (const int held : {c.covariance, c.cumulant, c.table, c.correlation}) {
      CHECK(held >= 920);
      CHECK(held <= 995);
    }
  }
}

TEST_CASE("a table is the same for any number of threads and far from 0, and what never varied has no error bar") {
  Rng rng(2, "table");
  Tensor<double> x(Shape{3, 40, 2}), y(Shape{3, 40, 300});
  rng.fill_normal(std::span(x.data));
  rng.fill_normal(std::span(y.data));
  for (std::int64_t r = 0; r < y.rows(); ++r) y(r, 7) = 1e6;
  const CovarianceTable one = chain_covariances(x, y, 1), three = chain_covariances(x, y, 3);
  CHECK(one.value.data == three.value.data);
  CHECK(one.error.data == three.error.data);
  CHECK(one.value(1, 7) == 0);
  CHECK(std::isinf(one.error(1, 7)));
  CHECK(std::isinf(chain_correlations(x, y).error(0, 7)));
  Tensor<double> far = y;
  for (double& v : far.data) v += 1e6;
  CHECK(chain_covariances(x, far).value(0, 0) == doctest::Approx(one.value(0, 0)).epsilon(1e-7));
}

TEST_CASE("traces of other chains, too few draws and NaN are refused") {
  const Matrix x = ar1(2, 20, 0, "refused"), other = ar1(2, 21, 0, "refused");
  CHECK_THROWS_AS(chain_covariance(x, other), UsageError);
  CHECK_THROWS_AS(chain_third_cumulant(x, x, other), UsageError);
  CHECK_THROWS_AS(chain_covariances(table({x}), table({other})), UsageError);
  CHECK_THROWS_AS(chain_covariances(table({ar1(2, 15, 0, "few")}), table({ar1(2, 15, 0, "few")})), UsageError);
  CHECK_THROWS_AS(chain_covariances(x, x), UsageError);
  Matrix bad = x;
  bad[3] = NAN;
  CHECK_THROWS_AS(chain_covariance(bad, x), NumericalError);
  CHECK_THROWS_AS(chain_correlations(table({x}), table({bad})), NumericalError);
}
