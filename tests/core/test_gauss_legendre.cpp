#include "core/gauss_legendre.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"

using namespace basin;

TEST_CASE("Legendre polynomials by hand") {
  CHECK(legendre(0, 0.3) == std::vector<double>{1});
  const std::vector<double> p = legendre(3, 0.5);
  CHECK(p == std::vector<double>{1, 0.5, -0.125, -0.4375});
}

TEST_CASE("n nodes integrate powers up to 2n - 1, and not the next") {
  for (int n : {1, 2, 5, 16}) {
    CAPTURE(n);
    const auto [x, w] = gauss_legendre(n);
    for (int power = 0; power <= 2 * n; ++power) {
      double sum = 0;
      for (std::size_t i = 0; i < x.size(); ++i) sum += w[i] * std::pow(x[i], power);
      const double off = std::abs(sum - (power % 2 ? 0 : 2.0 / (power + 1)));
      if (power < 2 * n) CHECK(off < 1e-14);
      if (power == 2 * n && n <= 5) CHECK(off > 1e-6);
    }
  }
}

TEST_CASE("integrals up to a node are those of the polynomial through the nodes") {
  const int n = 6;
  const auto [x, w] = gauss_legendre(n);
  const Matrix below = gauss_legendre_below(n);
  for (int power = 0; power < n; ++power)
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      for (int j = 0; j < n; ++j) sum += below(i, j) * std::pow(x[std::size_t(j)], power);
      const double exact = (std::pow(x[std::size_t(i)], power + 1) - std::pow(-1, power + 1)) / (power + 1);
      CHECK(sum == doctest::Approx(exact).epsilon(1e-13));
    }
}

TEST_CASE("a rule without nodes is refused") { CHECK_THROWS_AS(gauss_legendre(0), UsageError); }
