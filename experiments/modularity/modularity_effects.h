// What matched pairs say: differences with 95 % intervals, under one control after the other, and correlations.
#pragma once
#include "core/statistics.h"
#include "experiments/modularity/modularity_study.h"

namespace basin::experiments {

// Relative to a network's largest eigenvalue of J^T J. The one that tables are at: there about half of the directions
// of these networks are below it.
inline const std::vector<double> modularity_epsilons{1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-6};
inline constexpr double table_epsilon = 1e-2;

// What counts as a direction that the outputs respond to. The degeneracy is the share of the parameters that does not.
enum class Count { exact, n_eff, above };  // rank J; sum h / (h + ε h_1); eigenvalues above ε h_1

// Each control starts again from the plain difference; from the second on, rescalings do not count as degeneracy.
enum class Control {
  plain,              // with one rescaling for each live hidden neuron
  beyond_rescaling,   // without them
  common_cutoff,      // and at one absolute cut-off for both: ε times the geometric mean of their h_1
  without_dead,       // beyond rescalings, dead neurons removed from both
  dead_and_on,        // beyond rescalings, at equal shares of dead and of always-on neurons, by regression
  rarely_and_mostly,  // the same, of neurons that fire on less than 5 % and more than 95 %
  no_dead_or_on,      // beyond rescalings, pairs without a dead or always-on neuron
  all_fire,           // pairs in which every neuron fires on 5 % to 95 %
  before_training     // beyond rescalings, both at their start; only of blocks against dense, else they are the same
};
inline constexpr Control controls[]{Control::plain,         Control::beyond_rescaling, Control::common_cutoff,
                                    Control::without_dead,  Control::dead_and_on,      Control::rarely_and_mostly,
                                    Control::no_dead_or_on, Control::all_fire,         Control::before_training};
std::string key_of(Control c);   // in results: "dead_and_on"
std::string name_of(Control c);  // for readers

// Share of the N parameters: 0 to 1 for `plain`. ε is relative to `top`; 0: to the network's own h_1.
double degeneracy(const MeasuredNet& net, Count count, Control control, double epsilon = table_epsilon, double top = 0);
double log_test_loss(const MeasuredNet& net);

// The pairs of one comparison. Differences are first minus second.
struct Contrast {
  Comparison comparison{};
  std::vector<ModularityPair> pairs{};

  // Of degeneracy, by pair that the control looks at; their mean, whose `covariates` are those that varied.
  std::vector<double> differences(Count count, Control control, double epsilon = table_epsilon) const;
  Adjusted degeneracy(Count count, Control control, double epsilon = table_epsilon) const;
  // Of any number; pairs where it is not finite are left out.
  Estimate effect(const std::function<double(const MeasuredNet&)>& value) const;
  // Degeneracy (n_eff, without dead) and log test loss. Negative: the member with more degeneracy generalises better.
  Correlation degeneracy_with_loss() const;
  std::int64_t more_degenerate_is_better() const;  // pairs whose member with more of it has the lower test loss
};
Contrast contrast(const ModularityStudy& study, Comparison comparison);

// Over starts on the same data at equal training loss, for the nets of this name, each data set's mean removed.
Correlation degeneracy_with_loss(const ModularityStudy& study, const std::string& net);
// Over the nets on separable and on entangled tasks, each task's mean removed: z of modules and degeneracy.
Correlation modules_with_degeneracy(const ModularityStudy& study);

}  // namespace basin::experiments
