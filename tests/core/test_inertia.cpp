#include "core/inertia.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"

using namespace basin;

namespace {

Matrix symmetric(std::int64_t n, std::uint64_t seed) {
  Rng rng(seed, "inertia");
  Matrix a = normal_matrix(n, n, rng);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(j, i) = a(i, j);
  return a;
}

}  // namespace

TEST_CASE("as many eigenvalues lie below a cut-off as are counted when they are computed") {
  for (std::int64_t n : {1, 2, 3, 7, 40, 130}) {
    const Matrix a = symmetric(n, std::uint64_t(n));
    const std::vector<double> values = eigh(a, false).values;
    for (double cutoff : {-1e9, -7.3, -1.0, -1e-3, 0.0, 0.2, 3.1, 1e9})
      CHECK(eigenvalues_below(a, cutoff) == std::ranges::count_if(values, [&](double v) { return v < cutoff; }));
  }
}

TEST_CASE("pivots of two rows count once, zeros lie below no cut-off of zero, and the lower triangle counts") {
  Matrix swap({2, 2});
  swap(0, 1) = swap(1, 0) = 1;  // eigenvalues 1 and -1, both diagonal entries 0
  CHECK(eigenvalues_below(swap, 0) == 1);
  CHECK(eigenvalues_below(swap, 1.5) == 2);
  CHECK(eigenvalues_below(swap, -1.5) == 0);
  CHECK(eigenvalues_below(Matrix({3, 3}), 0) == 0);
  CHECK(eigenvalues_below(Matrix({0, 0}), 1) == 0);
  swap(0, 1) = 100;
  CHECK(eigenvalues_below(swap, 1.5) == 2);
}

TEST_CASE("eigenvalues of a Gram matrix of low rank are told from a small cut-off") {
  Rng rng(3, "inertia/gram");
  const Matrix rows = normal_matrix(20, 90, rng), gram = matmul(rows, rows, true, false);
  CHECK(eigenvalues_below(gram, 1e-8) == 70);
}
