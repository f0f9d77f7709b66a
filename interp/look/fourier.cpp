#include "interp/look/fourier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "core/lapack.h"

namespace basin::interp {
namespace {

std::int64_t frequency_of(std::int64_t column) { return (column + 1) / 2; }

// Largest first.
std::vector<double> varying(const std::vector<double>& power) {
  std::vector<double> sorted(power.begin() + std::min<std::ptrdiff_t>(1, std::ssize(power)), power.end());
  std::ranges::sort(sorted, std::greater());
  return sorted;
}

// Adds the squared coefficients of one function of (a, b), [p, p], to the shares of its frequencies; returns their sum.
double add_squares(const Matrix& coefficients, std::span<double> shares) {
  double sum = 0;
  for (std::int64_t i = 0; i < coefficients.rows(); ++i)
    for (std::int64_t j = 0; j < coefficients.cols(); ++j) {
      const std::int64_t k = frequency_of(i), l = frequency_of(j);
      if (k == 0 && l == 0) continue;
      const double square = coefficients(i, j) * coefficients(i, j);
      shares[std::size_t(k == 0 || l == 0 || k == l ? std::max(k, l) : 0)] += square;
      sum += square;
    }
  return sum;
}

}  // namespace

Matrix fourier_basis(std::int64_t p) {
  if (p < 1) throw UsageError(fmt::format("fourier_basis: {} numbers given; wanted 1 or more", p));
  Matrix basis({p, p});
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t j = 0; j < p; ++j) {
      const std::int64_t k = frequency_of(j);
      const double angle = 2 * std::numbers::pi * double(k * a % p) / double(p);
      const bool alone = k == 0 || 2 * k == p;
      basis(a, j) = (j % 2 == 1 || k == 0 ? std::cos(angle) : std::sin(angle)) * std::sqrt((alone ? 1 : 2) / double(p));
    }
  return basis;
}

std::vector<double> fourier_power(const Matrix& table) {
  const std::int64_t p = table.rows();
  const Matrix coefficients = matmul(fourier_basis(p), table, true);
  std::vector<double> power(std::size_t(p / 2 + 1));
  for (std::int64_t j = 0; j < p; ++j)
    for (std::int64_t i = 0; i < table.cols(); ++i)
      power[std::size_t(frequency_of(j))] += coefficients(j, i) * coefficients(j, i);
  return power;
}

double fourier_share(const std::vector<double>& power) {
  const std::vector<double> sorted = varying(power);
  const auto few = std::ptrdiff_t((sorted.size() + 9) / 10);
  const double all = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  return all > 0 ? std::accumulate(sorted.begin(), sorted.begin() + few, 0.0) / all : 0.0;
}

std::int64_t strongest_frequency(const std::vector<double>& power) {
  if (power.size() < 2) return 0;
  return std::ranges::max_element(power.begin() + 1, power.end()) - power.begin();
}

Matrix fourier_plane(const Matrix& table, std::int64_t k) {
  const std::int64_t p = table.rows(), d = table.cols();
  if (k < 1 || 2 * k >= p)
    throw UsageError(fmt::format("fourier_plane: frequency {} given; wanted 1 or more and less than {}/2", k, p));
  const Matrix coefficients = matmul(fourier_basis(p), table, true);
  Matrix plane({p, 2});
  for (std::int64_t axis = 0; axis < 2; ++axis) {
    double length = 0;
    for (std::int64_t i = 0; i < d; ++i) length = std::hypot(length, coefficients(2 * k - 1 + axis, i));
    for (std::int64_t a = 0; a < p && length > 0; ++a)
      for (std::int64_t i = 0; i < d; ++i)
        plane(a, axis) +=
            (table(a, i) - coefficients(0, i) / std::sqrt(double(p))) * coefficients(2 * k - 1 + axis, i) / length;
  }
  return plane;
}

Matrix fourier_coefficients(const Matrix& table, std::int64_t i, const Matrix& basis) {
  const std::int64_t p = basis.rows();
  if (table.rows() != p * p)
    throw ShapeError(
        fmt::format("fourier_coefficients: {} rows given; wanted {} for numbers modulo {}", table.rows(), p * p, p));
  Matrix values({p, p});
  for (std::int64_t row = 0; row < p * p; ++row) values[row] = table(row, i);
  return matmul(matmul(basis, values, true), basis);
}

Matrix frequency_shares(const Matrix& table, std::int64_t p) {
  if (table.rows() != p * p)
    throw ShapeError(
        fmt::format("frequency_shares: {} rows given; wanted {} for numbers modulo {}", table.rows(), p * p, p));
  constexpr double rounding = 1e-24;  // of powers
  const Matrix basis = fourier_basis(p);
  Matrix shares({table.cols(), p / 2 + 1});
  for (std::int64_t n = 0; n < table.cols(); ++n) {
    const Matrix coefficients = fourier_coefficients(table, n, basis);
    const std::span<double> of_n(&shares(n, 0), std::size_t(p / 2 + 1));
    const double sum = add_squares(coefficients, of_n), mean = coefficients[0] * coefficients[0];
    for (double& share : of_n) share = sum > rounding * mean ? share / sum : 0.0;
  }
  return shares;
}

}  // namespace basin::interp
