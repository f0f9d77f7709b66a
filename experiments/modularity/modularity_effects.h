// What matched pairs say: differences with 95 % intervals, under one control after the other, and correlations.
#pragma once
#include "core/statistics.h"
#include "experiments/modularity/modularity_study.h"

namespace basin::experiments {

// Relative to a network's largest eigenvalue of J^T J. The one that tables are at: there about half of the directions
// of these networks are below it.
inline const std::vector<double> modularity_epsilons{1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-6};
inline constexpr double table_epsilon = 1e-2;

using interp::Control, interp::Counted;
namespace control = interp::control;

double log_test_loss(const MeasuredNet& net);
double table_degeneracy(const MeasuredNet& net);  // n_eff, without dead

// The pairs of one comparison. Differences are first minus second.
struct Contrast {
  using Value = std::function<double(const MeasuredNet&)>;
  Comparison comparison{};
  std::vector<ModularityPair> pairs{};

  std::vector<double> differences(const Value& value) const;  // by pair
  Estimate effect(const Value& value) const;                  // their mean; those that are not finite are left out
  Estimate degeneracy(Counted counted, const Control& control, double epsilon = table_epsilon) const;
  // Degeneracy (table_degeneracy) and log test loss. Negative: the member with more degeneracy generalises better.
  Correlation degeneracy_with_loss() const;
  std::int64_t more_degenerate_is_better() const;  // pairs whose member with more of it has the lower test loss
};
Contrast contrast(const ModularityStudy& study, Comparison comparison);

// Over starts on the same data at equal training loss, for the nets of this name, each data set's mean removed.
Correlation degeneracy_with_loss(const ModularityStudy& study, const std::string& net);
// Over the nets on separable and on entangled tasks, each task's mean removed: z of modules and degeneracy.
Correlation modules_with_degeneracy(const ModularityStudy& study);

}  // namespace basin::experiments
