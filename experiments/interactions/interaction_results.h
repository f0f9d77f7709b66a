// What interaction_graph finds, as results, as figures and as a graph to look at.
#pragma once
#include "experiments/interactions/feature_labels.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "experiments/report/table.h"
#include "experiments/shared/feature_modules.h"

namespace basin::experiments {

// Labels by node layer and feature (feature_labels), or none at all.
report::Json interaction_results(const Interactions& interactions, const FeatureModules& modules,
                                 const FeatureLabels& labels);
std::vector<report::NamedFigure> interaction_figures(const Interactions& interactions);

// Constants are nodes too, of no module. Features of `side` x `side` images have their pattern: what they add to x.
report::LayeredGraphView graph_view(const Interactions& interactions, const FeatureModules& modules,
                                    const FeatureLabels& labels, int side);
// The labels of the nodes of modules.weights, for its files.
interp::NodeLabels node_labels(const Interactions& interactions, const FeatureModules& modules,
                               const FeatureLabels& labels);

}  // namespace basin::experiments
