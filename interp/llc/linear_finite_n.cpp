#include "interp/llc/linear_finite_n.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "interp/llc/dual.h"
#include "interp/llc/pfaffian.h"

namespace basin::interp {
namespace {

using Complex = std::complex<double>;

// exp(z) dz / i around the negative axis, by the midpoint rule on Weideman and Trefethen's parabola (Mathematics of
// Computation 76, 2007); the upper half, since the lower one is its mirror image.
struct ContourPoint {
  Complex z, weight;
};
std::vector<ContourPoint> contour(int points) {
  std::vector<ContourPoint> half;
  for (int k = 0; k < points / 2; ++k) {
    const double angle = std::numbers::pi * (2 * k + 1) / points;
    const Complex z = double(points) * Complex(0.1309 - 0.1194 * angle * angle, 0.25 * angle);
    half.push_back({z, std::exp(z) * double(points) * Complex(0.25, 2 * 0.1194 * angle)});
  }
  return half;
}

// The integral over A for one z, with derivatives by log t. A Aᵀ, or Aᵀ A if that is smaller, has `count` eigenvalues;
// T sees 1/(1 + 2 t x) of its square in the direction of eigenvalue x, all of it where there is none.
// The largest is of order (sqrt(inputs) + sqrt(hidden))², with a tail exp(-x/2): the axis ends well beyond.
class Eigenvalues {
 public:
  Eigenvalues(const LinearLayers& layers, double t, int nodes)
      : layers_(layers),
        axis_(-64 - std::log1p(t), std::log(400.0 + 10 * double(layers.inputs + layers.hidden)), 0.5, nodes),
        seen_(t * layers.truth * layers.truth) {
    count_ = std::min(layers.inputs, layers.hidden);
    const double power = double(std::abs(layers.inputs - layers.hidden) - 1) / 2;
    for (double x : axis_.x()) {
      left_.push_back(1 / (1 + 2 * t * x));
      prior_.push_back(std::pow(x, power) * std::exp(-x / 2) * std::pow(left_.back(), double(layers.outputs) / 2));
    }
    for (std::int64_t i = 0; i < count_; ++i) scale_.push_back(1 / std::abs(axis_.total(moment(weight(1), i)).value));
  }

  Dual log_integral(Complex z) const {
    const Dual rest = log(Dual{z + seen_, seen_});
    return log_pfaffian(matrix(weight(z)), std::size_t(count_ + count_ % 2)) +
           -0.5 * double(layers_.inputs - count_) * rest;
  }

 private:
  std::vector<Dual> weight(Complex z) const {
    std::vector<Dual> w;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      const double c = seen_ * left_[i];
      const Complex value = prior_[i] / std::sqrt(z + c);
      w.push_back({value, -value * (double(layers_.outputs) * (1 - left_[i]) + c * left_[i] / (z + c)) / 2.0});
    }
    return w;
  }

  std::vector<Dual> moment(std::vector<Dual> w, std::int64_t power) const {
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::pow(axis_.x()[i], double(power)) * w[i];
    return w;
  }

  // Entry i, j is ∫∫ sign(y - x) x^i y^j; with an odd number of eigenvalues, bordered by ∫ x^i. Powers are scaled to
  // total 1 and no more: orthogonal polynomials would lose what tells decades of x apart.
  std::vector<Dual> matrix(const std::vector<Dual>& w) const {
    const std::size_t p = scale_.size(), n = p + p % 2;
    std::vector<std::vector<Dual>> f, below;
    for (std::size_t i = 0; i < p; ++i) {
      f.push_back(moment(w, std::int64_t(i)));
      for (Dual& value : f.back()) value = scale_[i] * value;
      below.push_back(axis_.below(f.back()));
    }
    std::vector<Dual> a(n * n);
    const auto set = [&](std::size_t i, std::size_t j, const Dual& value) {
      a[i * n + j] = value;
      a[j * n + i] = -1 * value;
    };
    for (std::size_t i = 0; i < p; ++i) {
      for (std::size_t j = i + 1; j < p; ++j) set(i, j, ordered(below[i], f[j]) - ordered(below[j], f[i]));
      if (n > p) set(i, p, axis_.total(f[i]));
    }
    return a;
  }

  Dual ordered(std::vector<Dual> below, const std::vector<Dual>& f) const {  // ∫∫ over x < y
    for (std::size_t i = 0; i < f.size(); ++i) below[i] = below[i] * f[i];
    return axis_.total(below);
  }

  LinearLayers layers_;
  LogAxis axis_;
  double seen_;  // t truth²
  std::int64_t count_ = 0;
  std::vector<double> left_, prior_, scale_;
};

// Minus the derivative of log Z by log t.
double value(const LinearLayers& layers, double t, int nodes) {
  const Eigenvalues eigenvalues(layers, t, nodes);
  if (layers.truth == 0) return -eigenvalues.log_integral(1).slope.real();
  std::vector<ContourPoint> points = contour(2 * nodes + 8);
  std::vector<Dual> logs;
  double largest = -INFINITY;
  for (const ContourPoint& point : points) {
    logs.push_back(eigenvalues.log_integral(point.z));
    largest = std::max(largest, logs.back().value.real());
  }
  double Z = 0, slope = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Complex part = points[k].weight * std::exp(logs[k].value - largest);
    Z += part.real();
    slope += (part * logs[k].slope).real();
  }
  return -slope / Z;
}

}  // namespace

Integrated linear_finite_n(const LinearLayers& layers, double t, double gamma) {
  const auto [inputs, hidden, outputs, truth] = layers;
  const bool sizes = std::min({inputs, hidden, outputs}) >= 1, finite = std::isfinite(t) && std::isfinite(gamma);
  if (!sizes || !finite || !(t > 0) || !(gamma > 0) || !(truth >= 0) || !std::isfinite(truth))
    throw UsageError(
        fmt::format("linear layers {}-{}-{} with a truth of {}, t = {} and γ = {} given; wanted sizes from 1, a truth "
                    "from 0, t and γ above 0",
                    inputs, hidden, outputs, truth, t, gamma));
  // B A and its transpose are the same model. With the larger side as inputs, the eigenvalues that fit T keep most of
  // the mass, and the contour cancels little. Weights w / sqrt(γ) have the prior N(0, 1), and B A is 1/γ of theirs.
  const LinearLayers scaled{std::max(inputs, outputs), hidden, std::min(inputs, outputs), gamma * truth};
  return by_doubling(fmt::format("linear layers {}-{}-{} at t = {:.3g}", inputs, hidden, outputs, t),
                     [&](int nodes) { return value(scaled, t / (gamma * gamma), nodes); });
}

}  // namespace basin::interp
