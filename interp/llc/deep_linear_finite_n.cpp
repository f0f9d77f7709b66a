#include "interp/llc/deep_linear_finite_n.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "interp/llc/dual.h"

namespace basin::interp {
namespace {

// Points e^{i step}, i from low to high: the trapezoidal rule in log x, which is exact to e^{-π²/step} for what decays
// wherever Re x > 0. Products of points are points.
struct Lattice {
  std::int64_t low, high;
  double step;

  Lattice(double from, double to, double step_)
      : low(std::int64_t(std::floor(from / step_))), high(std::int64_t(std::ceil(to / step_))), step(step_) {}
  std::int64_t count() const { return high - low + 1; }
  double x(std::int64_t i) const { return std::exp(step * double(low + i)); }
};

double step_for(int nodes) { return 3.0 / nodes; }

double largest_square(std::int64_t width) { return std::log(400.0 + 10 * double(width)); }

// With a hidden width of 1 the map is an outer product of two vectors, each a chain on a vector: K is a product of
// independent chi-squared numbers, one for each other width. Their means are taken one after the other.
double product_of_squares(std::vector<std::int64_t> widths, double t, int nodes) {
  widths.erase(std::find(widths.begin() + 1, widths.end() - 1, 1));
  const Lattice one(-64 - std::log1p(t), largest_square(std::ranges::max(widths)), step_for(nodes));
  const std::int64_t factors = std::ssize(widths);
  Lattice all = one;  // of the product of the factors that are still to come
  all.low *= factors, all.high *= factors;
  std::vector<double> mass, loss;
  for (std::int64_t i = 0; i < all.count(); ++i) {
    const double tK = t * all.x(i);
    mass.push_back(std::exp(-tK));
    loss.push_back(mass.back() > 0 ? tK * mass.back() : 0);
  }
  for (const std::int64_t width : widths) {
    std::vector<double> density;
    for (std::int64_t j = 0; j < one.count(); ++j)
      density.push_back(std::exp(double(width) / 2 * one.step * double(one.low + j) - one.x(j) / 2));
    const auto averaged = [&](const std::vector<double>& f) {
      std::vector<double> means(f.size() - std::size_t(one.count()) + 1);
      for (std::size_t i = 0; i < means.size(); ++i)
        for (std::size_t j = 0; j < density.size(); ++j) means[i] += density[j] * f[i + j];
      return means;
    };
    mass = averaged(mass), loss = averaged(loss);
  }
  return loss[0] / mass[0];
}

// 2, 2, 2, 2. With W_2 = diag(sqrt x_1, sqrt x_2), which rotations of its neighbours allow, e_i the squared columns of
// W_1ᵀ and φ the angle between them, the integral over W_3 leaves 1 / (S + a_1 a_2 sin²φ), a_i = 2 t x_i e_i and
// S = 1 + a_1 + a_2; that over φ leaves 1 / sqrt(S (1 + a_1) (1 + a_2)). As an integral over e^{-sS}, 1 / sqrt(S) falls
// apart into two factors g_s(x_1) g_s(x_2), and the pair under |x_1 - x_2| is ordered as in linear_finite_n.
class FourTwos {
 public:
  FourTwos(double t, int nodes)
      : t_(t),
        s_(-44 - std::log1p(t), 4, step_for(nodes)),
        e_(-24 - std::log1p(t), largest_square(2), step_for(nodes)),
        x_(-44 - std::log1p(t), largest_square(2), 2, nodes) {
    for (std::int64_t j = 0; j < e_.count(); ++j) density_.push_back(e_.x(j) * std::exp(-e_.x(j) / 2));
  }

  double value() const {
    Dual Z;
    for (std::int64_t i = 0; i < s_.count(); ++i)
      Z = Z + std::sqrt(s_.x(i)) * std::exp(-s_.x(i)) * ordered_pairs(factors(s_.x(i)));
    return -log(Z).slope.real();
  }

 private:
  std::vector<Dual> factors(double s) const {
    std::vector<Dual> g;
    for (const double x : x_.x()) {
      double value = 0, slope = 0;
      for (std::size_t j = 0; j < density_.size(); ++j) {
        const double a = 2 * t_ * x * e_.x(std::int64_t(j));
        const double part = density_[j] * std::exp(-s * a) / std::sqrt(1 + a);
        value += part;
        if (part > 0) slope -= part * a * (0.5 / (1 + a) + s);
      }
      const double wishart = std::exp(-x / 2) / std::sqrt(x);
      g.push_back({wishart * value, wishart * slope});
    }
    return g;
  }

  Dual ordered_pairs(const std::vector<Dual>& g) const {  // ∫∫ over x_1 < x_2 of (x_2 - x_1) g(x_1) g(x_2)
    std::vector<Dual> first = g, second = x_.below(g);
    for (std::size_t i = 0; i < g.size(); ++i) first[i] = x_.x()[i] * g[i];
    const std::vector<Dual> moment = x_.below(first);
    for (std::size_t i = 0; i < g.size(); ++i) second[i] = first[i] * second[i] - g[i] * moment[i];
    return x_.total(second);
  }

  double t_;
  Lattice s_, e_;
  LogAxis x_;
  std::vector<double> density_;
};

}  // namespace

Integrated deep_linear_finite_n(const std::vector<std::int64_t>& widths, double t) {
  const bool positive = widths.size() >= 2 && std::ranges::min(widths) >= 1 && t > 0 && std::isfinite(t);
  const bool twos = widths == std::vector<std::int64_t>{2, 2, 2, 2};
  const bool narrow = positive && std::count(widths.begin() + 1, widths.end() - 1, 1) > 0;
  if (!positive || !(twos || narrow))
    throw UsageError(fmt::format(
        "deep linear layers: widths {} and t = {} given; wanted t > 0 and widths with a hidden 1, or 2, 2, 2, 2; help: "
        "linear_finite_n has two layers, linear_gibbs any widths",
        fmt::join(widths, ", "), t));
  return by_doubling(fmt::format("linear layers {} at t = {:.3g}", fmt::join(widths, "-"), t), [&](int nodes) {
    return twos ? FourTwos(t, nodes).value() : product_of_squares(widths, t, nodes);
  });
}

}  // namespace basin::interp
