#include "interp/volume/level_walker.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

// Draws t from (low, high), around 0, until `accept` takes it; 0 is always taken.
template <class Accept>
void shrink(double low, double high, Rng& rng, const Accept& accept) {
  for (double t = rng.uniform(low, high); !accept(t); t = rng.uniform(low, high)) (t < 0 ? low : high) = t;
}

}  // namespace

void LevelWalker::along_axis(std::size_t i) {
  const double x = w_[i];
  shrink(-h_ - x, h_ - x, rng_, [&](double t) {
    next_[i] = in_box(x + t);
    return accept();
  });
}

void LevelWalker::along_difference(std::span<const double> a, std::span<const double> b) {
  double low = -INFINITY, high = INFINITY;
  for (std::size_t i = 0; i < w_.size(); ++i) {
    const double d = a[i] - b[i];
    if (d == 0) continue;
    low = std::max(low, ((d > 0 ? -h_ : h_) - w_[i]) / d);
    high = std::min(high, ((d > 0 ? h_ : -h_) - w_[i]) / d);
  }
  if (!std::isfinite(high - low)) return;  // two copies of one point
  shrink(low, high, rng_, [&](double t) {
    for (std::size_t i = 0; i < w_.size(); ++i) next_[i] = in_box(w_[i] + t * (a[i] - b[i]));
    return accept();
  });
}

void LevelWalker::along_hyperbola(std::size_t i, std::size_t j) {
  const double x = w_[i], y = w_[j];
  if (x == 0 || y == 0) return;
  shrink(-std::log(h_ / std::abs(y)), std::log(h_ / std::abs(x)), rng_, [&](double t) {
    next_[i] = in_box(x * std::exp(t));
    next_[j] = in_box(y * std::exp(-t));
    return accept();
  });
}

// Rounding may not take a point out of the box: the next line through it would have no part inside.
double LevelWalker::in_box(double x) const { return std::clamp(x, -h_, h_); }

bool LevelWalker::accept() {
  const bool inside = checked_loss(loss_, next_) < level_;
  if (inside) w_ = next_;
  return inside;
}

}  // namespace basin::interp
