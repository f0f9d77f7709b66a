// What the modularity experiment leaves behind: rows for each network, results, figures.
#pragma once
#include "experiments/modularity/modularity_effects.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"

namespace basin::experiments {

using ModularityStudies = std::vector<ModularityStudy>;  // one for each size and weight decay

// One JSON line for each measured network.
std::string modularity_nets(const ModularityStudies& studies);

// What the page shows (report.md). "studies" has a "comparisons" list each, where differences are first minus second.
report::Json modularity_results(const ModularityStudies& studies);
// The mean over pairs of what the page shows of a network; its name says the comparison too.
MeasuredNet mean_net(const Contrast& contrast, MeasuredNet ModularityPair::*member);
report::Json answers_table(const report::Json& list);  // of comparisons as modularity_results makes them

// <prefix>_<comparison>, <prefix>_losses and <prefix>_modules. Those of one kind share the scale of y.
std::string figure_prefix(const ModularitySpec& spec);
std::vector<report::NamedFigure> modularity_figures(const ModularityStudies& studies);

}  // namespace basin::experiments
