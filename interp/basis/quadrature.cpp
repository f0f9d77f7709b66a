#include "interp/basis/quadrature.h"

#include <fmt/format.h>

#include <charconv>

#include "core/error.h"
#include "core/gauss_legendre.h"

namespace basin::interp {
namespace {

std::vector<PathPoint> trapezoid(int n) {
  if (n == 0) return {{0.5, 1}};
  std::vector<PathPoint> points;
  const double off = 1e-3 / (n + 1);
  for (int i = 0; i <= n; ++i) points.push_back({off + (1 - 2 * off) * i / n, (i == 0 || i == n ? 0.5 : 1.0) / n});
  return points;
}

std::vector<PathPoint> gauss_points(int n) {
  const auto [nodes, weights] = gauss_legendre(n);
  std::vector<PathPoint> points;
  for (std::size_t i = 0; i < nodes.size(); ++i) points.push_back({(1 + nodes[i]) / 2, weights[i] / 2});
  return points;
}

}  // namespace

std::string Quadrature::name() const {
  if (rule == Rule::gradient) return "gradient";
  return fmt::format("{}:{}", rule == Rule::trapezoid ? "trapezoid" : "gauss-legendre", intervals);
}

std::vector<PathPoint> path_points(const Quadrature& q) {
  if (q.intervals < 0) throw UsageError(fmt::format("quadrature: {} intervals given, wanted 0 or more", q.intervals));
  switch (q.rule) {
    case Rule::trapezoid: return trapezoid(q.intervals);
    case Rule::gauss_legendre: return gauss_points(q.intervals + 1);
    default: return {{1, 1}};
  }
}

Quadrature quadrature_from(std::string_view text) {
  if (text == "gradient") return {};
  for (const Rule rule : {Rule::trapezoid, Rule::gauss_legendre}) {
    const std::string head = rule == Rule::trapezoid ? "trapezoid:" : "gauss-legendre:";
    if (!text.starts_with(head)) continue;
    Quadrature q{rule, 0};
    const std::string_view number = text.substr(head.size());
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), q.intervals);
    if (error == std::errc() && end == number.data() + number.size() && q.intervals >= 0 && q.intervals <= 1000)
      return q;
  }
  throw UsageError(fmt::format(
      "quadrature: '{}' given, wanted gradient, trapezoid:N or gauss-legendre:N with N from 0 to 1000", text));
}

}  // namespace basin::interp
