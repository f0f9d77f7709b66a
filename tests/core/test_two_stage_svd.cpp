#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/rng.h"
#include "core/two_stage_svd.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

Matrix random_matrix(std::int64_t m, std::int64_t n) {
  Matrix a({m, n});
  Rng(std::uint64_t(m), "two-stage").fill_normal(a.data);
  return a;
}

double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  return largest_difference(a, b) / b[0];
}

}  // namespace

TEST_CASE("two stages give the singular values of one, below, at and above the band") {
  for (std::int64_t n : {1, 2, 63, 64, 65, 128, 129, 200, 333}) {
    CAPTURE(n);
    const Matrix a = random_matrix(n, n);
    CHECK(relative_difference(two_stage_singular_values(a), svd(a, false).s) < 1e-14);
  }
  CHECK(two_stage_singular_values(Matrix(Shape{0, 0})).empty());
}

TEST_CASE("two stages resolve small singular values beside exact zeros") {
  constexpr std::int64_t n = 200;
  Matrix a = random_matrix(n, n), left = range_basis(random_matrix(n, n));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) a(i, j) = i == j && j < 150 ? std::pow(10.0, -8.0 * double(j) / 149) : 0;
  const std::vector<double> s = two_stage_singular_values(matmul(left, a));
  CHECK(s[149] == doctest::Approx(1e-8).epsilon(1e-6));
  CHECK(decide_rank(s).rank == 150);
  CHECK(s[150] < 1e-14);
}

TEST_CASE("large matrices of any form take two stages") {
  const Matrix tall = random_matrix(two_stage_order + 40, two_stage_order);
  const std::vector<double> s = singular_values(tall);
  double squares = 0, norm = 0;
  for (double v : s) squares += v * v;
  for (double v : tall.data) norm += v * v;
  CHECK(squares == doctest::Approx(norm).epsilon(1e-12));
  CHECK(std::is_sorted(s.rbegin(), s.rend()));
  CHECK(relative_difference(singular_values(transpose(tall)), s) < 1e-14);
}
