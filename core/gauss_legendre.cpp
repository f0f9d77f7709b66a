#include "core/gauss_legendre.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace basin {
namespace {

// d P_n / dx at x, |x| < 1, from P_0 … P_n.
double slope(int n, double x, const std::vector<double>& p) {
  return n * (x * p[std::size_t(n)] - p[std::size_t(n) - 1]) / (x * x - 1);
}

}  // namespace

std::vector<double> legendre(int n, double x) {
  std::vector<double> p{1, x};
  for (int k = 2; k <= n; ++k)
    p.push_back(((2 * k - 1) * x * p[std::size_t(k) - 1] - (k - 1) * p[std::size_t(k) - 2]) / k);
  p.resize(std::size_t(n) + 1);
  return p;
}

// Zeros of P_n by Newton's method from Tricomi's first guess.
GaussLegendre gauss_legendre(int n) {
  if (n < 1) throw UsageError(fmt::format("Gauss-Legendre: {} nodes given, wanted 1 or more", n));
  GaussLegendre rule;
  for (int i = n; i >= 1; --i) {
    double x = std::cos(std::numbers::pi * (i - 0.25) / (n + 0.5));
    for (int step = 0; step < 20; ++step) {
      const std::vector<double> p = legendre(n, x);
      x -= p.back() / slope(n, x, p);
    }
    const double at_zero = slope(n, x, legendre(n, x));
    rule.nodes.push_back(x);
    rule.weights.push_back(2 / ((1 - x * x) * at_zero * at_zero));
  }
  return rule;
}

// The polynomial through the values is Σ_m (m + 1/2) P_m Σ_j weight_j P_m(x_j) value_j, and the integral of P_m from
// -1 is (P_{m+1} - P_{m-1}) / (2m + 1), for m = 0 with P_{-1} = -1.
Matrix gauss_legendre_below(int n) {
  const auto [nodes, weights] = gauss_legendre(n);
  Matrix below({n, n});
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const std::vector<double> at_i = legendre(n, nodes[std::size_t(i)]), at_j = legendre(n, nodes[std::size_t(j)]);
      double sum = 0;
      for (std::size_t m = 0; m < std::size_t(n); ++m) sum += (at_i[m + 1] - (m ? at_i[m - 1] : -1)) * at_j[m] / 2;
      below(i, j) = weights[std::size_t(j)] * sum;
    }
  return below;
}

}  // namespace basin
