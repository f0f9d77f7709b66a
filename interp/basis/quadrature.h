// Integrals over the path a f, 0 <= a <= 1, from nothing to an activation: what integrated gradients are taken over.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace basin::interp {

// gradient: no integral, the value at a = 1. trapezoid: n + 1 points from e to 1 - e with e = 1e-3 / (n + 1), or the
// middle alone for n = 0; weights are those of the points 0 … 1. gauss_legendre: n + 1 points, exact for polynomials of
// degree 2 n + 1.
enum class Rule { gradient, trapezoid, gauss_legendre };

struct Quadrature {
  Rule rule = Rule::gradient;
  int intervals = 0;

  std::string name() const;  // "gradient", "trapezoid:5", "gauss-legendre:4"
};

struct PathPoint {
  double at = 1, weight = 1;
};
std::vector<PathPoint> path_points(const Quadrature& quadrature);  // UsageError for fewer than 0 intervals

Quadrature quadrature_from(std::string_view text);  // as name() writes it; UsageError

}  // namespace basin::interp
