#include "nn/superposition_polygons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/matrix.h"

namespace basin::nn {
namespace {

constexpr std::int64_t fewest_corners = 3, most_corners = 8;

double angle(std::int64_t corner, std::int64_t corners) {
  return 2 * std::numbers::pi * double(corner) / double(corners);
}

// What one corner's output adds, by its length l and bias b, over all corners that it reads: value and derivatives.
struct CornerEquations {
  double l = 0, b = 0, ll = 0, lb = 0, bb = 0;

  double size() const { return std::hypot(l, b); }
};

CornerEquations corner_equations(double length, double bias, std::int64_t corners) {
  CornerEquations e;
  for (std::int64_t d = 0; d < corners; ++d) {
    const double cosine = std::cos(angle(d, corners));
    const OutputLoss f = output_loss(length * length * cosine, bias, d == 0);
    const double slope = 2 * length * cosine;  // of w by the length
    e.l += f.w * slope, e.b += f.b;
    e.ll += f.ww * slope * slope + f.w * 2 * cosine, e.lb += f.wb * slope, e.bb += f.bb;
  }
  return e;
}

// Newton's steps, halved until the equations are nearer to 0; done when no step of any length brings them nearer.
void solve_corner(CriticalPoint& p) {
  const std::int64_t corners = p.polygon.corners;
  const double beyond = std::max(0.0, double(corners - 4));  // corners that 4 right angles have no room for
  double length = 1 + 0.16 * beyond, bias = -0.3 * beyond;
  CornerEquations e = corner_equations(length, bias, corners);
  for (int step = 0; step < 100 && e.size() > 0; ++step) {
    const double determinant = e.ll * e.bb - e.lb * e.lb;
    const double to_length = (e.lb * e.b - e.bb * e.l) / determinant, to_bias = (e.lb * e.l - e.ll * e.b) / determinant;
    double share = 1;
    CornerEquations next = corner_equations(length + to_length, bias + to_bias, corners);
    while (!(next.size() < e.size()) && share > 1e-6) {
      share /= 2;
      next = corner_equations(length + share * to_length, bias + share * to_bias, corners);
    }
    if (!(next.size() < e.size())) break;
    length += share * to_length, bias += share * to_bias, e = next;
  }
  p.length = length, p.bias = bias;
}

void check(const Polygon& p) {
  if (p.corners < fewest_corners || p.corners > most_corners || p.live < 0 || p.corners + p.live > p.features)
    throw UsageError(
        fmt::format("critical_point: {} corners and {} live outputs of {} features; wanted {} to {} "
                    "corners, and no more of both than features",
                    p.corners, p.live, p.features, fewest_corners, most_corners));
}

}  // namespace

std::string Polygon::name() const {
  std::string text = fmt::format("{}-gon", corners);
  if (live > 0) text += fmt::format(", {} live", live);
  if (dead() > 0) text += fmt::format(", {} dead", dead());
  return text;
}

CriticalPoint critical_point(const Polygon& polygon) {
  check(polygon);
  const std::int64_t c = polygon.features, k = polygon.corners;
  CriticalPoint p{.polygon = polygon, .point = {Matrix({2, c}), std::vector<double>(std::size_t(c), dead_bias)}};
  solve_corner(p);
  for (std::int64_t i = 0; i < k; ++i) {
    p.point.W(0, i) = p.length * std::cos(angle(i, k)), p.point.W(1, i) = p.length * std::sin(angle(i, k));
    p.point.b[std::size_t(i)] = p.bias;
  }
  std::fill_n(p.point.b.begin() + k, polygon.live, 1 / (2 * double(c)));
  const PopulationLoss found = population_loss(p.point);
  p.loss = found.loss, p.gradient = norm(found.gradient);
  if (!(p.gradient < 1e-12))
    throw NumericalError(
        fmt::format("critical_point: {} of {} features: Newton's method ended with a gradient of {}; "
                    "wanted less than 1e-12",
                    polygon.name(), c, p.gradient));
  return p;
}

std::vector<CriticalPoint> critical_points(std::int64_t features) {
  if (features < fewest_corners)
    throw UsageError(fmt::format("critical_points: {} features; wanted {} or more", features, fewest_corners));
  std::vector<CriticalPoint> all;
  for (std::int64_t k = fewest_corners; k <= std::min(features, most_corners); ++k)
    for (std::int64_t live = 0; live <= features - k; ++live)
      all.push_back(critical_point({.corners = k, .live = live, .features = features}));
  std::ranges::stable_sort(all, std::greater(), &CriticalPoint::loss);
  return all;
}

}  // namespace basin::nn
