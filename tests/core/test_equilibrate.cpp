#include "core/equilibrate.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/exact_dot.h"
#include "core/lapack.h"
#include "core/rng.h"

using namespace basin;

TEST_CASE("rows and columns come out near length 1, scaled by powers of two") {
  Matrix a({6, 4});
  Rng(1, "equilibrate").fill_normal(std::span(a.data));
  Matrix scaled = a;
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 4; ++j) scaled(i, j) *= std::pow(10.0, 3 * double(i) - 5 * double(j));
  const Matrix out = equilibrated(scaled);
  CHECK(singular_values(out).back() > 1e-2 * singular_values(out).front());
  CHECK(singular_values(scaled).back() < 1e-9 * singular_values(scaled).front());
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 4; ++j) {
      int exponent = 0;
      CHECK(std::abs(std::frexp(out(i, j) / scaled(i, j), &exponent)) == 0.5);
    }
  CHECK(equilibrated(Matrix({0, 3})).shape == Shape{0, 3});
  CHECK(equilibrated(Matrix({2, 2})).data == std::vector<double>(4));
}

TEST_CASE("a dot product keeps what cancels in it") {
  const std::vector<double> a{1e16, 1, -1e16, 0x1p-60}, ones{1, 1, 1, 1};
  CHECK(exact_dot(a, ones) == 1 + 0x1p-60);
  const double x = 1 + 0x1p-30;  // x x = 1 + 2^-29 + 2^-60, which double cannot hold
  CHECK(exact_dot(std::vector<double>{x, 1, 0x1p-29}, std::vector<double>{x, -1, -1}) == 0x1p-60);
  CHECK(exact_dot(std::vector<double>{3}, std::vector<double>{2}, -6) == 0);
}
