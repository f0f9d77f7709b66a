#include "core/two_stage_eigenvalues.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/rng.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

Matrix random_symmetric(std::int64_t n) {
  Matrix a({n, n});
  Rng(std::uint64_t(n), "symmetric").fill_normal(std::span(a.data));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i);
  return a;
}

}  // namespace

TEST_CASE(
    "two stages give the eigenvalues of one, below, at and above the "
    "band and the tiles") {
  for (std::int64_t n : {1, 2, 63, 64, 65, 128, 129, 200, 511, 513, 700}) {
    CAPTURE(n);
    const Matrix a = random_symmetric(n);
    const std::vector<double> got = two_stage_eigenvalues(a), want = eigh(a, false).values;
    CHECK(largest_difference(got, want) < 3e-14 * std::abs(want[0]));
  }
  CHECK(two_stage_eigenvalues(Matrix(Shape{0, 0})).empty());
}

TEST_CASE(
    "what is below the diagonal does not count, nor does the number of "
    "threads, to the bit") {
  Matrix a = random_symmetric(600);
  const std::vector<double> one = two_stage_eigenvalues(a);
  CHECK(two_stage_eigenvalues(a, 3) == one);
  for (std::int64_t i = 0; i < 600; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i) + 1e-3 * double(i / 512 != j / 512);
  CHECK(two_stage_eigenvalues(a) == one);
}
