// Critical points of the population loss of nn/superposition_loss.h in the plane, hidden = 2: regular polygons (Chen et
// al., "Dynamical versus Bayesian Phase Transitions in a Toy Model of Superposition", 2023, arXiv 2310.06301).
#pragma once
#include <string>
#include <vector>

#include "nn/superposition_loss.h"

namespace basin::nn {

// A critical point with hidden = 2: k columns are the corners of a regular polygon, the others are 0. Of their outputs
// some are live, with b = 1/(2 c), which is best for an output that cannot see its feature; the others are dead, with
// b < 0, which costs as much at any b.
struct Polygon {
  std::int64_t corners = 0, live = 0, features = 0;

  std::int64_t dead() const { return features - corners - live; }
  std::string name() const;  // "5-gon, 1 live", "4-gon, 1 live, 1 dead"
  friend bool operator==(const Polygon&, const Polygon&) = default;
};

struct CriticalPoint {
  Polygon polygon{};
  double length = 0, bias = 0;    // of the corners: |W_i| and b_i
  double loss = 0, gradient = 0;  // of all parameters; the length of the gradient
  SuperpositionPoint point{};
};

inline constexpr double dead_bias = -0.3;

// Length and bias solve the two equations of the polygon by Newton's method, to rounding; by symmetry the other
// directions have no gradient then. UsageError unless 3 <= corners <= 8 and corners + live <= features;
// NumericalError where Newton's method does not converge.
CriticalPoint critical_point(const Polygon& polygon);

// From 3 corners up to min(c, 8), with every number of live outputs, by falling loss. UsageError for c < 3.
std::vector<CriticalPoint> critical_points(std::int64_t features);

}  // namespace basin::nn
