#include "interp/look/fourier.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "core/error.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Complex = std::complex<double>;

Complex wave(std::int64_t k, std::int64_t a, std::int64_t p) {
  return std::polar(1.0, -2 * std::numbers::pi * double(k * a % p) / double(p));
}

// |Σ_a f(a) exp(-2πi ka/p)|² / p by its definition.
double plain_power(const Matrix& table, std::int64_t column, std::int64_t k) {
  Complex sum = 0;
  for (std::int64_t a = 0; a < table.rows(); ++a) sum += table(a, column) * wave(k, a, table.rows());
  return std::norm(sum) / double(table.rows());
}

Matrix noise(std::int64_t rows, std::int64_t cols) {
  Rng rng(5, "test/fourier");
  return normal_matrix(rows, cols, rng);
}

}  // namespace

TEST_CASE("the Fourier basis is orthonormal for odd and even moduli") {
  for (const std::int64_t p : {1, 2, 3, 7, 8, 113}) {
    const Matrix basis = fourier_basis(p), product = matmul(basis, basis, true);
    for (std::int64_t i = 0; i < p; ++i)
      for (std::int64_t j = 0; j < p; ++j) CHECK(std::abs(product(i, j) - (i == j)) < 1e-13);
  }
  CHECK_THROWS_AS(fourier_basis(0), UsageError);
}

TEST_CASE("powers by frequency are those of the discrete Fourier transform") {
  for (const std::int64_t p : {2, 7, 12}) {
    const Matrix table = noise(p, 3);
    const std::vector<double> power = fourier_power(table);
    REQUIRE(std::int64_t(power.size()) == p / 2 + 1);
    double sum = 0;
    for (std::int64_t k = 0; k <= p / 2; ++k) {
      double plain = 0;
      for (std::int64_t column = 0; column < 3; ++column)
        plain += plain_power(table, column, k) * (k == 0 || 2 * k == p ? 1 : 2);
      CHECK(power[std::size_t(k)] == doctest::Approx(plain));
      sum += power[std::size_t(k)];
    }
    CHECK(sum == doctest::Approx(dot(table.data, table.data)));
  }
}

TEST_CASE("the Fourier share is 1 for one frequency, about a tenth for noise, and does not see the mean") {
  const std::int64_t p = 41;  // 20 frequencies, of which 2 are a tenth
  Matrix two({p, 2}, 3.0);
  for (std::int64_t a = 0; a < p; ++a) two(a, 0) += wave(4, a, p).real(), two(a, 1) += 0.5 * wave(9, a, p).imag();
  CHECK(fourier_share(fourier_power(two)) == doctest::Approx(1));
  CHECK(strongest_frequency(fourier_power(two)) == 4);
  const double of_noise = fourier_share(fourier_power(noise(p, 200)));
  CHECK(of_noise > 0.1);
  CHECK(of_noise < 0.13);
  CHECK(fourier_share({7, 1, 2, 3}) == 0.5);  // 3 frequencies: one is a tenth, rounded up
  CHECK(fourier_share({7, 0, 0}) == 0);
  CHECK(fourier_share({7}) == 0);
  CHECK(strongest_frequency({7}) == 0);
}

TEST_CASE("a circle in many dimensions is one in the plane of its frequency") {
  const std::int64_t p = 13, k = 5;
  const Matrix axes = [] {
    Matrix rows = noise(2, 6);
    orthonormalise(rows);
    return rows;
  }();
  Matrix table({p, 6}, 2.0);
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t i = 0; i < 6; ++i)
      table(a, i) += 3 * (wave(k, a, p).real() * axes(0, i) - wave(k, a, p).imag() * axes(1, i));
  const Matrix plane = fourier_plane(table, k);
  for (std::int64_t a = 0; a < p; ++a) {
    CHECK(plane(a, 0) == doctest::Approx(3 * wave(k, a, p).real()));
    CHECK(plane(a, 1) == doctest::Approx(-3 * wave(k, a, p).imag()));
  }
  CHECK_THROWS_AS(fourier_plane(table, 0), UsageError);
  CHECK_THROWS_AS(fourier_plane(table, 7), UsageError);
  CHECK(fourier_plane(Matrix({5, 2}, 1.0), 1).data == std::vector<double>(10));
}

TEST_CASE("shares of a neuron's power by frequency are those of the two-dimensional Fourier transform") {
  const std::int64_t p = 7;
  const Matrix table = noise(p * p, 2), shares = frequency_shares(table, p);
  for (std::int64_t n = 0; n < 2; ++n) {
    std::vector<double> plain(std::size_t(p / 2 + 1));
    double all = 0;
    for (std::int64_t i = 0; i < p; ++i)
      for (std::int64_t j = 0; j < p; ++j) {
        if (i == 0 && j == 0) continue;
        Complex sum = 0;
        for (std::int64_t a = 0; a < p; ++a)
          for (std::int64_t b = 0; b < p; ++b) sum += table(a * p + b, n) * wave(i, a, p) * wave(j, b, p);
        const std::int64_t k = std::min(i, p - i), l = std::min(j, p - j);
        plain[std::size_t(i == 0 ? l : j == 0 || k == l ? k : 0)] += std::norm(sum);
        all += std::norm(sum);
      }
    for (std::int64_t k = 0; k <= p / 2; ++k) CHECK(shares(n, k) == doctest::Approx(plain[std::size_t(k)] / all));
  }
}

TEST_CASE("a neuron of one frequency has all its power there, a constant one has none, a mixed one under 0") {
  const std::int64_t p = 11;
  Matrix table({p * p, 3});
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t b = 0; b < p; ++b) {
      table(a * p + b, 0) = 5 + wave(3, a, p).real() + wave(3, a + b, p).imag();
      table(a * p + b, 1) = 0.3;
      table(a * p + b, 2) = wave(1, a, p).real() * wave(2, b, p).real();
    }
  const Matrix shares = frequency_shares(table, p);
  CHECK(shares(0, 3) == doctest::Approx(1));
  for (std::int64_t k = 0; k <= p / 2; ++k) CHECK(shares(1, k) == 0);
  CHECK(shares(2, 0) == doctest::Approx(1));
  CHECK_THROWS_WITH_AS(frequency_shares(table, 10), doctest::Contains("121 rows given; wanted 100"), ShapeError);
}
