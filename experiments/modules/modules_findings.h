// What `modules` found, and how it is shown.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "experiments/report/table.h"
#include "interp/modules/graph_readers.h"
#include "interp/modules/modules.h"

namespace basin::experiments {

constexpr std::int64_t most_matched = 2000;  // nodes: interp::matching_strength refuses more

struct ModuleFindings {
  interp::GraphFile file = {};
  interp::LayeredGraph weights = {};  // that modules were found with
  std::string source = {}, weight = {};
  std::vector<double> cutoffs = {};
  interp::ModuleOptions options = {};
  interp::Modules found = {};
  std::optional<interp::MatchingStrength> strength = {};
};

// A module and its weight.
struct ModuleRow {
  std::int64_t module = 0;
  std::vector<std::int64_t> nodes = {};  // how many of each layer
  double inside = 0, touching = 0;       // the weight of edges with both ends in it, with one or both
};
// By number; nodes without edges are in none.
std::vector<ModuleRow> module_rows(const interp::LayeredGraph& weights, const interp::Modules& found);

// What the page shows (report.md): numbers, and the tables "modules_table" and "resolutions".
report::Json modules_results(const ModuleFindings& findings);

// modularity, agreement: both over the resolution. There must be one in found.resolutions, and they must ascend.
std::vector<report::NamedFigure> modules_figures(const ModuleFindings& findings);

// Importance is a node's strength, the sum of the weights at it; nodes without edges are in no module.
report::LayeredGraphView modules_view(const ModuleFindings& findings);

}  // namespace basin::experiments
