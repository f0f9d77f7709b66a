// What `free_directions` found: Figure 1 of the paper in numbers, what interactions cost, and how it is shown.
#pragma once
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "interp/volume/interactions.h"

namespace basin::experiments {

// κ w1² w2²: what the interaction takes from the volume of the box, at ε = cost_epsilon.
struct InteractionCost {
  double kappa = 0, weight = 0, closed = 0;  // log_weight; -log of the share of the box in closed form
  interp::Measured measured = {};            // the same by splitting
};
constexpr double cost_epsilon = 1e-6;

struct GraphFindings {
  interp::InteractionGraph graph = {};
  double matching_number = 0;              // fractional
  interp::Measured n_eff = {};             // n_eff_near_zero
  interp::MatchingStrength strength = {};  // at graph_epsilon
  interp::Measured paid = {};              // -log of the share of the box there, by splitting
};
constexpr double graph_epsilon = 1e-4;

struct VolumeFindings {
  interp::VolumeCurve monte_carlo = {}, splitting = {};  // of w1² w2²
  std::vector<InteractionCost> costs = {};
  std::vector<GraphFindings> graphs = {};
};

constexpr double largest_n_eff_error = 0.15;  // that is drawn

// What the page shows (report.md): numbers, and the table "graphs".
report::Json volume_results(const VolumeFindings& findings);

// loss_contour, volume, n_eff, interaction_cost, matching_numbers, matching_strength.
std::vector<report::NamedFigure> volume_figures(const VolumeFindings& findings);

}  // namespace basin::experiments
