// Gauss-Legendre quadrature on [-1, 1] (Abramowitz and Stegun 25.4.29): n nodes integrate polynomials of degree 2n - 1.
#pragma once
#include <vector>

#include "core/matrix.h"

namespace basin {

// The Legendre polynomials P_0(x) … P_n(x), by their recurrence.
std::vector<double> legendre(int n, double x);

// Nodes ascending. UsageError unless n >= 1.
struct GaussLegendre {
  std::vector<double> nodes, weights;
};
GaussLegendre gauss_legendre(int n);

// Row i [n, n] holds the weights of the integral from -1 to node i of the polynomial through values at the n nodes.
// UsageError unless n >= 1.
Matrix gauss_legendre_below(int n);

}  // namespace basin
