// Modules of the features of a network in some basis, on log10(E / cut-off) (docs/theory.md §4.5).
#pragma once
#include <vector>

#include "interp/basis/basis.h"
#include "interp/modules/module_agreement.h"
#include "interp/modules/modules.h"

namespace basin::experiments {

// Constants are no nodes. Without an edge above the cut-offs nothing is searched, and no feature is in a module.
struct FeatureModules {
  interp::LayeredGraph weights{};
  std::vector<double> cutoffs{};  // by section
  interp::Modules found{};
  std::vector<std::vector<std::int64_t>> of_feature{};  // by layer and node: 0, 1, … for modules of two or more, or -1

  std::int64_t modules() const;  // of two or more
};

// By section, this share of its largest |E|; 1 where all are 0.
std::vector<double> cutoffs_at(const std::vector<Matrix>& E, double share);

// One cut-off for each section. Errors: those of interaction_graph, log_weights and find_modules.
FeatureModules feature_modules(const std::vector<interp::Basis>& bases, const std::vector<Matrix>& E,
                               std::vector<double> cutoffs, const interp::ModuleOptions& options);

// With the values that the features have on the inputs: what another network is compared with.
interp::ModularFeatures modular_features(const interp::FoldedModel& model, const std::vector<interp::Basis>& bases,
                                         const FeatureModules& modules, const Inputs& inputs);

}  // namespace basin::experiments
