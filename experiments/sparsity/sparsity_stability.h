// Are modules the same in networks that differ by the seed of their training alone? (docs/theory.md §4.5)
#pragma once
#include <string>
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/sparsity/sparsity_study.h"

namespace basin::experiments {

// The networks of one setting at one time in one basis: means over networks, estimates over pairs of networks with the
// interval of estimate_over_pairs (core/statistics.h). Pairs of features are of hidden layers: inputs and outputs are
// the same in all networks, and would agree for that alone.
struct ModuleStability {
  std::string setting;
  interp::BasisKind kind{};
  std::int64_t epoch = 0, networks = 0;
  double modules = 0, restarts = 0;                             // of two features or more; BasisModules::restarts
  double matched = 0, compared_share = 0;                       // pairs of features; of these in modules on both sides
  Estimate correlation{};                                       // mean |r| of matched features
  Estimate adjusted_rand{}, mutual_information{}, variation{};  // interp::ModuleAgreement
};

// By setting, epoch and basis. Settings whose data differ from seed to seed are left out, as there is no row on which
// two networks could be compared; so are settings that have no basis in which all trained networks share modules. Where
// a pair has no agreement, the mean over pairs is NaN.
std::vector<ModuleStability> module_stabilities(const std::vector<SparsityNet>& nets, int threads);

// By setting; an empty list if there is none.
report::Json stability_results(const std::vector<ModuleStability>& all);
std::vector<report::NamedFigure> stability_figures(const std::vector<ModuleStability>& all);  // SETTING_stability

}  // namespace basin::experiments
