#include "core/shifted_inverse.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/rng.h"

using namespace basin;

TEST_CASE("every row is solved, however many there are, on any number of threads") {
  Matrix a({40, 20});
  Rng(1, "shifted_inverse").fill_normal(std::span(a.data));
  const Matrix gram = matmul(a, a, true);
  const double largest = std::pow(singular_values(a).front(), 2);
  const ShiftedInverse inverse(gram, largest);
  REQUIRE(inverse.found());
  for (const std::int64_t count : {1, 63, 64, 65, 130}) {
    CAPTURE(count);
    Matrix wanted({count, 20});
    Rng(2, "shifted_inverse").fill_normal(std::span(wanted.data));
    Matrix rows = matmul(wanted, gram), alone = rows;
    inverse.apply(rows, 2);
    inverse.apply(alone, 1);
    CHECK(rows.data == alone.data);
    CHECK(std::ranges::equal(rows.data, wanted.data, [](double x, double y) { return std::abs(x - y) < 1e-10; }));
  }
}

TEST_CASE("what is far below the shift stays, what is far above it is wiped out") {
  Matrix gram({2, 2});
  gram(0, 0) = 1;
  const ShiftedInverse inverse(gram, 1.0);
  REQUIRE(inverse.found());
  Matrix row({1, 2}, 1.0);
  inverse.apply(row, 1);
  CHECK(row(0, 1) * ShiftedInverse::shift == doctest::Approx(1));
  CHECK(row(0, 0) == doctest::Approx(1));
  gram(1, 1) = -1;
  CHECK_FALSE(ShiftedInverse(gram, 1.0).found());
}
