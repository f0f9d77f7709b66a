#include "experiments/superposition/superposition_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/lapack.h"
#include "core/statistics.h"

namespace basin::experiments {
namespace {

std::vector<std::int64_t> represented_features(const nn::SuperpositionPoint& p) {
  const std::vector<double> lengths = column_lengths(p.W);
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < p.features(); ++i) {
    const double length = lengths[std::size_t(i)];
    if (length > represented_length && length * length + p.b[std::size_t(i)] > 0) found.push_back(i);
  }
  return found;
}

// Whether these columns [2, c] are the corners of a regular polygon.
bool are_regular(const Matrix& W, const std::vector<std::int64_t>& corners, double length) {
  std::vector<double> angles;
  for (const std::int64_t i : corners) {
    if (std::abs(std::hypot(W(0, i), W(1, i)) - length) > regular_within * length) return false;
    angles.push_back(std::atan2(W(1, i), W(0, i)));
  }
  std::ranges::sort(angles);
  angles.push_back(angles[0] + 2 * std::numbers::pi);
  const double wanted = 2 * std::numbers::pi / double(corners.size());
  for (std::size_t i = 0; i + 1 < angles.size(); ++i)
    if (std::abs(angles[i + 1] - angles[i] - wanted) > regular_within * wanted) return false;
  return true;
}

}  // namespace

std::vector<double> column_lengths(const Matrix& W) {
  const Matrix products = matmul(W, W, true, false);
  std::vector<double> lengths;
  for (std::int64_t i = 0; i < W.cols(); ++i) lengths.push_back(std::sqrt(products(i, i)));
  return lengths;
}

std::vector<double> feature_dimensions(const Matrix& W) {
  const Matrix products = matmul(W, W, true, false);
  std::vector<double> shares;
  for (std::int64_t i = 0; i < W.cols(); ++i) {
    double seen = 0;  // Σ_j (W_i · W_j)² = |W_i|² Σ_j (Ŵ_i · W_j)²
    for (std::int64_t j = 0; j < W.cols(); ++j) seen += products(i, j) * products(i, j);
    shares.push_back(seen > 0 ? products(i, i) * products(i, i) / seen : 0.0);
  }
  return shares;
}

std::string EndState::name() const {
  if (regular) return polygon.name();
  return fmt::format("{} feature{}{}", represented, represented == 1 ? "" : "s", plane ? ", no regular polygon" : "");
}

EndState end_state(const nn::SuperpositionPoint& p) {
  const std::vector<std::int64_t> corners = represented_features(p);
  const std::vector<double> lengths = column_lengths(p.W), dimensions = feature_dimensions(p.W);
  const auto count = std::int64_t(corners.size());
  EndState s{.represented = count, .polygon = {.corners = count, .features = p.features()}, .plane = p.hidden() == 2};
  for (std::int64_t i = 0; i < p.features(); ++i)
    if (std::ranges::find(corners, i) == corners.end()) s.polygon.live += p.b[std::size_t(i)] > 0;
  for (const std::int64_t i : corners) {
    const auto at = std::size_t(i);
    s.length += lengths[at] / double(count), s.bias += p.b[at] / double(count);
    s.dimensions += dimensions[at] / double(count);
  }
  s.regular = s.plane && count >= 3 && are_regular(p.W, corners, s.length);
  return s;
}

std::vector<Plateau> plateaus(const std::vector<nn::MetricsLine>& curve) {
  std::vector<Plateau> found;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double loss = curve[i].number("test_loss"), first = curve[i].number("epoch");
    std::size_t last = i;
    while (last + 1 < curve.size() && std::abs(curve[last + 1].number("test_loss") - loss) <= plateau_width * loss)
      ++last;
    if (curve[last].number("epoch") < plateau_factor * first) continue;
    found.push_back({std::int64_t(first), curve[last].whole("epoch"), curve[last].number("test_loss")});
    i = last;
  }
  return found;
}

std::optional<nn::CriticalPoint> nearest_point(const std::vector<nn::CriticalPoint>& points, double loss,
                                               double within) {
  if (points.empty()) return {};
  const auto distance = [&](const nn::CriticalPoint& p) { return std::abs(loss - p.loss) / p.loss; };
  const nn::CriticalPoint& nearest = *std::ranges::min_element(points, {}, distance);
  return distance(nearest) <= within ? std::optional(nearest) : std::nullopt;
}

}  // namespace basin::experiments
