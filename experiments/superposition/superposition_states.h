// What a toy model of superposition has become: which features it represents, on which polygon, and where it lingered.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nn/superposition_polygons.h"
#include "nn/training_folder.h"

namespace basin::experiments {

inline constexpr double represented_length = 0.5;  // of a column: it is 1 where a feature has a direction of its own
inline constexpr double regular_within = 0.05;     // of the angle between neighbours, and of the mean length

// |W_i| of each feature.
std::vector<double> column_lengths(const Matrix& W);

// |W_i|² / Σ_j (Ŵ_i · W_j)², the share of a hidden dimension that feature i has to itself (Elhage et al. 2022, §"The
// Geometry of Superposition"); 0 for a column of length 0.
std::vector<double> feature_dimensions(const Matrix& W);

struct EndState {
  std::int64_t represented = 0;  // features whose column is longer than represented_length and whose output is on for 1
  nn::Polygon polygon{};         // corners: the same; the other outputs are live where b > 0
  bool plane = false;            // hidden = 2
  bool regular = false;  // in the plane, three corners or more, neighbours at equal angles, columns of one length
  double length = 0, bias = 0;  // means over the corners
  double dimensions = 0;        // mean of feature_dimensions over the corners

  // That of the polygon; "4 features, no regular polygon"; "4 features" where there is no plane.
  std::string name() const;
};
EndState end_state(const nn::SuperpositionPoint& point);

// A stretch of training on which the loss hardly moves: it stays within plateau_width of its first value until the
// epoch is plateau_factor times as large. They are looked for from the beginning, and do not overlap.
inline constexpr double plateau_width = 0.01, plateau_factor = 1.5;
struct Plateau {
  std::int64_t first = 0, last = 0;  // epochs
  double loss = 0;                   // at the last
};
std::vector<Plateau> plateaus(const std::vector<nn::MetricsLine>& curve);

// The critical point whose loss is nearest, if it is within this share of its own; points by any order.
std::optional<nn::CriticalPoint> nearest_point(const std::vector<nn::CriticalPoint>& points, double loss,
                                               double within = 0.02);

}  // namespace basin::experiments
