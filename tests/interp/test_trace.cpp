#include "interp/spectra/trace.h"

#include <doctest/doctest.h>

#include <numeric>

#include "core/rng.h"
#include "interp/jacobian/gauss_newton.h"
#include "operator_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::vector<double> power_law(std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 1; i <= n; ++i) values.push_back(std::pow(double(i), -2));
  return values;
}

double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

// The mean of z^T A z over random signs: what Hutch++ is measured against.
double hutchinson(const Operator& op, std::int64_t products, std::uint64_t seed) {
  Rng rng(seed, "hutchinson");
  double total = 0;
  for (std::int64_t p = 0; p < products; ++p) {
    std::vector<double> z(op.size);
    for (double& v : z) v = rng.uniform() < 0.5 ? -1 : 1;
    const std::vector<double> product = times(op, z);
    total += std::inner_product(z.begin(), z.end(), product.begin(), 0.0);
  }
  return total / double(products);
}

}  // namespace

TEST_CASE("a mean comes with its standard error") {
  const TraceEstimate e = mean_estimate(std::vector<double>{1, 2, 3, 6});
  CHECK(e.value == 3);
  CHECK(e.standard_error == doctest::Approx(std::sqrt(14.0 / 12)));
  CHECK(mean_estimate(std::vector<double>{5}).standard_error == 0);
}

TEST_CASE("on a decaying spectrum Hutch++ is far better than sampling alone with as many products") {
  const std::vector<double> exact = power_law(200);
  const Operator op = matrix_operator(planted_matrix(exact));
  double ours = 0, plain = 0, honest = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const TraceEstimate t = trace_estimate(op, {.products = 45, .seed = seed});
    ours += std::pow(t.value - sum(exact), 2);
    honest += std::pow((t.value - sum(exact)) / t.standard_error, 2);
    plain += std::pow(hutchinson(op, 45, seed) - sum(exact), 2);
  }
  CHECK(std::sqrt(plain / ours) > 5);
  CHECK(std::sqrt(honest / 40) > 0.7);
  CHECK(std::sqrt(honest / 40) < 1.5);
}

TEST_CASE("the trace is exact when a third of the products spans everything, or the rank") {
  const std::vector<double> signs{3, -1, 0.5, -2, 0.25};
  const TraceEstimate all = trace_estimate(matrix_operator(planted_matrix(signs)), {.products = 15});
  CHECK(all.value == doctest::Approx(0.75));
  CHECK(all.standard_error < 1e-13);
  std::vector<double> low(60, 0.0);
  low[0] = 5, low[1] = 2;
  CHECK(trace_estimate(matrix_operator(planted_matrix(low)), {.products = 9}).value == doctest::Approx(7));
}

TEST_CASE("a trace takes as many products as it was given, and a function of an operator as many as its steps") {
  std::int64_t products = 0;
  for (std::int64_t size : {5, 100}) {
    const Operator op = counted(matrix_operator(planted_matrix(power_law(size))), products);
    for (std::int64_t given : {6, 7, 8, 45, 60}) {
      products = 0;
      trace_estimate(op, {.products = given});
      CHECK(products == given);
    }
  }
  products = 0;
  const Operator soft = function_operator(
      counted(matrix_operator(planted_matrix(power_law(30))), products), [](double h) { return h / (h + 0.01); }, 12);
  times(soft, std::vector<double>(30, 1.0));
  CHECK(products == 12);
}

TEST_CASE("functions of an operator are those of its eigenvalues") {
  const std::vector<double> exact = power_law(40);
  std::vector<double> mapped;
  for (double h : exact) mapped.push_back(h / (h + 0.01));
  const Operator soft = function_operator(
      matrix_operator(planted_matrix(exact)), [](double h) { return h / (h + 0.01); }, 40);
  const Matrix v = random_matrix(40, 1, "v");
  CHECK(largest_difference(Matrix({40, 1}, times(soft, v.data)), matmul(planted_matrix(mapped), v)) < 1e-12);
  CHECK(times(soft, std::vector<double>(40)) == std::vector<double>(40));
}

TEST_CASE("traces of Gauss-Newton and of its soft count are the exact ones within three standard errors") {
  const DenseNetwork network = small_network({6, 12, 4}, Kind::relu);  // 136 parameters
  const Inputs inputs{{"x", random_matrix(50, 6, "x")}};
  std::vector<double> exact = spectrum(jacobian_gram(network, inputs));
  for (double& h : exact) h *= 2.0 / 50;
  const Operator op = gauss_newton_operator(network.model, "out", inputs);
  const TraceEstimate trace = trace_estimate(op, {.products = 60});
  CHECK(trace.standard_error > 0);
  CHECK(std::abs(trace.value - sum(exact)) <= 3 * trace.standard_error);
  const double a = 1e-2 * exact[0];
  const Operator soft = function_operator(
      op, [a](double h) { return h / (h + a); }, 60);
  const TraceEstimate count = trace_estimate(soft, {.products = 60});
  CHECK(std::abs(count.value - epsilon_ranks(exact, {a})[0].soft_count) <= 3 * count.standard_error);
}

TEST_CASE("traces are equal to the bit for 1, 2 and 3 threads") {
  const Operator op = matrix_operator(planted_matrix(power_law(50)));
  const TraceEstimate one = trace_estimate(op, {.products = 20});
  for (int threads : {2, 3}) {
    const TraceEstimate t = trace_estimate(op, {.products = 20, .threads = threads});
    CHECK(t.value == one.value);
    CHECK(t.standard_error == one.standard_error);
  }
  CHECK(trace_estimate(op, {.products = 20, .seed = 1}).value != one.value);
}

TEST_CASE("too few products or steps are refused") {
  const Operator op = matrix_operator(planted_matrix({2, 1}));
  CHECK_THROWS_AS(trace_estimate(op, {.products = 5}), UsageError);
  CHECK_THROWS_AS(function_operator(
                      op, [](double h) { return h; }, 0),
                  UsageError);
}
