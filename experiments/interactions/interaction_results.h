// What interaction_graph finds, as results, as figures and as a graph to look at.
#pragma once
#include "experiments/interactions/interaction_options.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "experiments/report/table.h"
#include "interp/modules/modules.h"

namespace basin::experiments {

// Modules of the features, on log10(E / cut-off).
struct FeatureModules {
  interp::LayeredGraph weights;
  std::vector<double> cutoffs;  // by section
  interp::Modules found;
  std::vector<std::vector<std::int64_t>> of_feature{};  // by layer and node: 0, 1, … for modules of two or more, or -1

  std::int64_t modules() const;  // of two or more
};
// One cut-off for each section. NumericalError if no edge is above them.
FeatureModules feature_modules(const Interactions& interactions, std::vector<double> cutoffs,
                               const interp::ModuleOptions& options);

report::Json interaction_results(const Interactions& interactions, const FeatureModules& modules);
std::vector<report::NamedFigure> interaction_figures(const Interactions& interactions);

// Constants are nodes too, of no module. Features of `side` x `side` images have their pattern: what they add to x.
report::LayeredGraphView graph_view(const Interactions& interactions, const FeatureModules& modules, int side);

}  // namespace basin::experiments
