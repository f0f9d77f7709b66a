#include "interp/spectra/lanczos.h"

#include <doctest/doctest.h>

#include "interp/jacobian/gauss_newton.h"
#include "operator_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::vector<double> decaying(std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(std::pow(0.8, double(i)));
  return values;
}

// ||A y - theta y|| for row i.
double residual(const Operator& op, const LargestEigenvalues& top, std::int64_t i) {
  const std::vector<double> product = times(op, top.vectors.row(i));
  double squares = 0;
  for (std::int64_t j = 0; j < op.size; ++j) squares += std::pow(product[j] - top.values[i] * top.vectors(i, j), 2);
  return std::sqrt(squares);
}

void check_against(const Operator& op, const std::vector<double>& exact, std::int64_t count) {
  const LargestEigenvalues top = largest_eigenvalues(op, count, {.tolerance = 1e-9, .max_steps = op.size});
  REQUIRE(top.values.size() == std::size_t(count));
  CHECK(top.converged);
  const double rounding = 1e-12 * exact[0];
  for (std::int64_t i = 0; i < count; ++i) {
    CHECK(std::abs(top.values[i] - exact[i]) < 1e-8 * exact[i]);
    CHECK(std::abs(top.values[i] - exact[i]) <= top.residuals[i] + rounding);
    CHECK(std::abs(residual(op, top, i) - top.residuals[i]) < rounding);
    CHECK(top.residuals[i] <= 1e-9 * top.values[0]);
  }
}

}  // namespace

TEST_CASE("the largest eigenvalues of Gauss-Newton are those of the exact spectrum") {
  for (Kind kind : {Kind::relu, Kind::tanh}) {
    const DenseNetwork network = small_network({8, 16, 10, 4}, kind);  // 358 parameters
    const Inputs inputs{{"x", random_matrix(60, 8, "x")}};
    std::vector<double> exact = spectrum(jacobian_gram(network, inputs));
    for (double& h : exact) h *= 2.0 / 60;
    check_against(gauss_newton_operator(network.model, "out", inputs), exact, 12);
  }
}

TEST_CASE("the largest eigenvalues of a Hessian are those of the whole matrix") {
  const ModelPoint model = with_mse(small_model({6, 20, 4}, Kind::tanh), 4);  // 224 parameters
  const Inputs inputs{{"t", random_matrix(40, 4, "t")}, {"x", random_matrix(40, 6, "x")}};
  const std::vector<double> exact = eigh(loss_derivatives(model, "loss", inputs).hessian, false).values;
  CHECK(exact.back() < 0);
  check_against(hessian_operator(model, "loss", inputs, {.chunk = 16}), exact, 8);
}

TEST_CASE("the basis stays orthonormal and turns the operator into T, long after eigenvalues have converged") {
  const Matrix a = planted_matrix(decaying(150));
  Krylov krylov = random_krylov(150, 3);
  extend(krylov, matrix_operator(a), 100);
  REQUIRE(krylov.steps() == 100);
  const Matrix Q({100, 150}, {krylov.basis.begin(), krylov.basis.begin() + 100 * 150});
  Matrix eye({100, 100}), T({100, 100});
  for (std::int64_t i = 0; i < 100; ++i) {
    eye(i, i) = 1;
    T(i, i) = krylov.alpha[i];
    if (i < 99) T(i, i + 1) = T(i + 1, i) = krylov.beta[i];
  }
  CHECK(largest_difference(matmul(Q, Q, false, true), eye) < 1e-13);
  CHECK(largest_difference(matmul(Q, matmul(a, Q, false, true)), T) < 1e-13);
}

TEST_CASE("an eigenvalue lies within the residual of every Ritz value, converged or not, and no two share it") {
  const std::vector<double> exact = decaying(80);
  Krylov krylov = random_krylov(80, 1);
  extend(krylov, matrix_operator(planted_matrix(exact)), 40);
  double loosest = 0;
  for (std::int64_t steps : {1, 2, 5, 10, 20, 40}) {
    const RitzValues ritz = ritz_values(krylov, steps);
    CHECK(std::is_sorted(ritz.values.rbegin(), ritz.values.rend()));
    for (std::int64_t i = 0; i < steps; ++i) {
      double nearest = INFINITY;
      for (double h : exact) nearest = std::min(nearest, std::abs(h - ritz.values[i]));
      CHECK(nearest <= ritz.residuals[i] + 1e-13);
      CHECK(ritz.values[i] <= exact[i] + 1e-13);  // each approaches its own from below
      loosest = std::max(loosest, ritz.residuals[i]);
    }
  }
  CHECK(loosest > 1e-2);
}

TEST_CASE("it stops where the operator leads no further") {
  std::vector<double> values(30, 0.0);
  values[0] = values[1] = 2, values[2] = 1;
  const Operator op = matrix_operator(planted_matrix(values));
  Krylov krylov = random_krylov(30, 5);
  extend(krylov, op, 30);
  CHECK(krylov.steps() == 3);  // distinct eigenvalues: 2, 1, 0
  CHECK(krylov.invariant());
  const LargestEigenvalues top = largest_eigenvalues(op, 5);
  CHECK(top.converged);
  REQUIRE(top.values.size() == 3);
  CHECK(top.values[0] == doctest::Approx(2));
  CHECK(top.values[1] == doctest::Approx(1));
  CHECK(std::abs(top.values[2]) < 1e-12);
  const LargestEigenvalues zero = largest_eigenvalues(matrix_operator(Matrix({4, 4})), 2);
  CHECK(zero.values == std::vector<double>{0});
  Krylov whole = random_krylov(6, 5);
  extend(whole, matrix_operator(planted_matrix({6, 5, 4, 3, 2, 1})), 10);
  CHECK(whole.steps() == 6);
  CHECK(whole.invariant());
}

TEST_CASE("too few steps are reported as not converged, with the residuals that say so") {
  const Operator op = matrix_operator(planted_matrix(decaying(200)));
  const LargestEigenvalues top = largest_eigenvalues(op, 5, {.tolerance = 1e-8, .max_steps = 9});
  CHECK(top.steps == 9);
  CHECK_FALSE(top.converged);
  CHECK(*std::max_element(top.residuals.begin(), top.residuals.end()) > 1e-8);
}

TEST_CASE("fewer values than were asked for are not converged, however small their residuals, if there may be more") {
  const Operator op = matrix_operator(planted_matrix({5, 4, 3, 2, 1, 0.5}));
  const LargestEigenvalues few = largest_eigenvalues(op, 4, {.tolerance = 1, .max_steps = 3});
  REQUIRE(few.values.size() == 3);
  CHECK(*std::max_element(few.residuals.begin(), few.residuals.end()) < 5);
  CHECK_FALSE(few.converged);
  CHECK(largest_eigenvalues(op, 3, {.tolerance = 1, .max_steps = 3}).converged);
  CHECK(largest_eigenvalues(op, 9, {.tolerance = 1}).converged);  // six values, and there are no others
}

TEST_CASE("steps are products: as many as are reported, and no more than are allowed") {
  std::int64_t products = 0;
  const Operator op = counted(matrix_operator(planted_matrix(decaying(60))), products);
  for (std::int64_t most : {1, 9, 20}) {
    products = 0;
    const LargestEigenvalues top = largest_eigenvalues(op, 5, {.tolerance = 1e-14, .max_steps = most});
    CHECK(products == most);
    CHECK(top.steps == most);
  }
  products = 0;
  Krylov krylov = random_krylov(60, 1);
  extend(krylov, op, 7);
  extend(krylov, op, 7);
  CHECK(products == 7);
}

TEST_CASE("runs are the same for the same seed and different for another start") {
  const Operator op = matrix_operator(planted_matrix(decaying(20)));
  auto alpha = [&](std::uint64_t seed, std::int64_t index) {
    Krylov krylov = random_krylov(20, seed, index);
    extend(krylov, op, 4);
    extend(krylov, op, 8);
    return krylov.alpha;
  };
  Krylov at_once = random_krylov(20, 1, 2);
  extend(at_once, op, 8);
  CHECK(alpha(1, 2) == at_once.alpha);
  CHECK(alpha(1, 3) != at_once.alpha);
  CHECK(alpha(2, 2) != at_once.alpha);
}

TEST_CASE("Lanczos refuses what it cannot work with") {
  const Operator op = matrix_operator(planted_matrix({2, 1}));
  CHECK_THROWS_AS(krylov_from({0, 0}), NumericalError);
  CHECK_THROWS_AS(krylov_from({1, NAN}), NumericalError);
  Krylov krylov = krylov_from({1, 2, 3});
  CHECK_THROWS_WITH_AS(extend(krylov, op, 2), "lanczos: vectors of 3 numbers given for an operator of 2", ShapeError);
  CHECK_THROWS_AS(ritz_values(krylov, 1), UsageError);
  CHECK_THROWS_AS(largest_eigenvalues(op, 0), UsageError);
  CHECK_THROWS_AS(largest_eigenvalues(op, 1, {.tolerance = 0}), UsageError);
  CHECK_THROWS_AS(largest_eigenvalues(op, 1, {.max_steps = 0}), UsageError);
  Krylov poisoned = krylov_from({1, 2});
  CHECK_THROWS_AS(extend(poisoned, matrix_operator(Matrix({2, 2}, NAN)), 2), NumericalError);
}
