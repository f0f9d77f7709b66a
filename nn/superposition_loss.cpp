#include "nn/superposition_loss.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::nn {
namespace {

struct Interval {
  double low = 0, high = 0;
};

// Where in [0, 1] a w + b > 0.
Interval where_on(double w, double b) {
  if (b > 0) return {0, w < -b ? -b / w : 1};
  return w > -b ? Interval{-b / w, 1} : Interval{};
}

}  // namespace

std::vector<double> SuperpositionPoint::flat() const {
  std::vector<double> all = W.data;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

SuperpositionPoint superposition_point(std::span<const double> flat, std::int64_t features, std::int64_t hidden) {
  if (std::int64_t(flat.size()) != (hidden + 1) * features)
    throw ShapeError("superposition_point: " + std::to_string(flat.size()) + " numbers given; wanted " +
                     std::to_string((hidden + 1) * features) + " for W " + Shape{hidden, features}.str() + " and b");
  const auto biases = flat.begin() + hidden * features;
  return {Matrix({hidden, features}, {flat.begin(), biases}), {biases, flat.end()}};
}

OutputLoss output_loss(double w, double b, bool own) {
  const auto [low, high] = where_on(w, b);
  const double m0 = high - low, m1 = (high * high - low * low) / 2;
  const double m2 = (high * high * high - low * low * low) / 3, u = own ? w - 1 : w;
  OutputLoss f{.value = u * u * m2 + 2 * u * b * m1 + b * b * m0 + (own ? 1.0 / 3 - m2 : 0.0),
               .w = 2 * (u * m2 + b * m1),
               .b = 2 * (u * m1 + b * m0),
               .ww = 2 * m2,
               .wb = 2 * m1,
               .bb = 2 * m0};
  if (own && low > 0) f.ww -= 2 * low * low * low / w, f.wb -= 2 * low * low / w, f.bb -= 2 * low / w;
  return f;
}

PopulationLoss population_loss(const SuperpositionPoint& at) {
  const std::int64_t c = at.features(), hidden = at.hidden();
  if (std::int64_t(at.b.size()) != c)
    throw ShapeError("population_loss: b has " + std::to_string(at.b.size()) + " numbers; wanted " + std::to_string(c) +
                     ", the columns of W");
  const Matrix products = matmul(at.W, at.W, true, false);
  PopulationLoss total{.gradient = std::vector<double>(std::size_t((hidden + 1) * c))};
  for (std::int64_t i = 0; i < c; ++i)
    for (std::int64_t j = 0; j < c; ++j) {
      const OutputLoss f = output_loss(products(i, j), at.b[std::size_t(j)], i == j);
      total.loss += f.value / double(c);
      total.gradient[std::size_t(hidden * c + j)] += f.b / double(c);
      for (std::int64_t h = 0; h < hidden; ++h) {
        total.gradient[std::size_t(h * c + i)] += f.w * at.W(h, j) / double(c);
        total.gradient[std::size_t(h * c + j)] += f.w * at.W(h, i) / double(c);
      }
    }
  return total;
}

Matrix population_hessian(const SuperpositionPoint& at, double step) {
  const std::vector<double> theta = at.flat();
  const auto n = std::int64_t(theta.size());
  const auto gradient = [&](std::int64_t i, double moved) {
    std::vector<double> there = theta;
    there[std::size_t(i)] += moved;
    return population_loss(superposition_point(there, at.features(), at.hidden())).gradient;
  };
  Matrix hessian({n, n});
  for (std::int64_t i = 0; i < n; ++i) {
    const std::vector<double> up = gradient(i, step), down = gradient(i, -step);
    for (std::int64_t j = 0; j < n; ++j) {
      const double second = (up[std::size_t(j)] - down[std::size_t(j)]) / (2 * step);
      hessian(i, j) += second / 2, hessian(j, i) += second / 2;
    }
  }
  return hessian;
}

Signature signature_of(const Matrix& hessian, double relative) {
  const std::vector<double> values = eigh(hessian, false).values;
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  Signature s;
  for (const double value : values)
    ++(std::abs(value) <= relative * largest ? s.zero : value > 0 ? s.positive : s.negative);
  return s;
}

}  // namespace basin::nn
