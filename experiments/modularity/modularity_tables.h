// The columns of the tables on the page of the modularity experiment, and of the file of its networks.
#pragma once
#include "experiments/modularity/modularity_effects.h"
#include "experiments/report/table.h"

namespace basin::experiments {

// The mean over pairs of what the page shows of a network; its name says the comparison too.
MeasuredNet mean_net(const Contrast& contrast, MeasuredNet ModularityPair::*member);
report::Json shown_of_net(const MeasuredNet& net);  // by name of the column
report::Json matching_table(const std::vector<MeasuredNet>& nets);

// Of results as modularity_results makes them: the effects of a comparison, a list of comparisons, of starts.
report::Json effects_table(const std::string& comparison, const report::Json& effects);
report::Json answers_table(const report::Json& list);
report::Json generalisation_table(const report::Json& list, const report::Json& starts);
report::Json modules_table(const report::Json& list);

}  // namespace basin::experiments
