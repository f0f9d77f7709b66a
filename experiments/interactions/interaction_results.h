// What interaction_graph finds, as results, as figures and as a graph to look at.
#pragma once
#include "experiments/interactions/interaction_options.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "experiments/report/table.h"
#include "experiments/shared/feature_modules.h"

namespace basin::experiments {

report::Json interaction_results(const Interactions& interactions, const FeatureModules& modules);
std::vector<report::NamedFigure> interaction_figures(const Interactions& interactions);

// Constants are nodes too, of no module. Features of `side` x `side` images have their pattern: what they add to x.
report::LayeredGraphView graph_view(const Interactions& interactions, const FeatureModules& modules, int side);

}  // namespace basin::experiments
