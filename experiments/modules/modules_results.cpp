#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "experiments/modules/modules_findings.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using interp::LayeredEdge;
using interp::ResolutionRow;
using report::Json;

constexpr double chance_level = 0.05;

std::int64_t nodes_of(const ModuleRow& row) {
  return std::accumulate(row.nodes.begin(), row.nodes.end(), std::int64_t(0));
}

Json modules_table(const std::vector<ModuleRow>& rows) {
  const double all = total(rows, [](const ModuleRow& r) { return r.inside; }) +
                     total(rows, [](const ModuleRow& r) { return r.touching - r.inside; }) / 2;
  const report::Table<ModuleRow> table{
      {"module", "module", &ModuleRow::module},
      {"nodes", "nodes", nodes_of},
      {"layers", "by layer", [](const ModuleRow& r) { return fmt::format("{}", fmt::join(r.nodes, " + ")); }},
      {"weight", "weight inside", &ModuleRow::inside, "{:.4g}"},
      {"share", "of all weight", [all](const ModuleRow& r) { return r.inside / all; }, "{:.1%}"},
      {"kept", "of the weight at it", [](const ModuleRow& r) { return r.inside / r.touching; }, "{:.1%}"}};
  return table.json(rows);
}

const report::Table<ResolutionRow> resolutions_table{
    {"resolution", "resolution", &ResolutionRow::resolution, "{:g}"},
    {"modules", "modules", &ResolutionRow::modules},
    {"Q", "Q", &ResolutionRow::Q, "{:.4f}"},
    {"adjusted_rand", "ARI with reported", &ResolutionRow::adjusted_rand, "{:.3f}"},
    {"variation", "VI from reported", &ResolutionRow::variation, "{:.3f}"},
    {"restarts_rand", "ARI of restarts", [](const ResolutionRow& r) { return r.spread.adjusted_rand; }, "{:.3f}"},
    {"restarts_variation", "VI of restarts", [](const ResolutionRow& r) { return r.spread.variation; }, "{:.3f}"}};

Json null_results(const interp::NullComparison& null, int nulls) {
  return {{"mean", null.mean},
          {"sd", null.sd},
          {"z", nulls > 0 ? report::shown(null.z, "{:.1f}") : "–"},  // may be infinite
          {"at_least", null.at_least},
          {"stands_out", null.at_least <= chance_level},
          {"too_few", nulls + 1 < 1 / chance_level}};
}

}  // namespace

std::vector<ModuleRow> module_rows(const interp::LayeredGraph& weights, const interp::Modules& found) {
  const interp::Partition partition = found.partition();
  std::map<std::int64_t, ModuleRow> rows;
  for (const LayeredEdge& e : interp::edge_list(weights)) {
    ModuleRow &from = rows[partition[e.from]], &to = rows[partition[e.to]];
    from.touching += e.weight;
    if (&from == &to)
      from.inside += e.weight;
    else
      to.touching += e.weight;
  }
  std::vector<ModuleRow> list;
  for (auto& [module, row] : rows) row.module = module, row.nodes.resize(found.of_node.size());
  for (std::size_t l = 0; l < found.of_node.size(); ++l)
    for (const std::int64_t module : found.of_node[l])
      if (const auto row = rows.find(module); row != rows.end()) ++row->second.nodes[l];
  for (auto& [module, row] : rows) list.push_back(std::move(row));
  return list;
}

Json modules_results(const ModuleFindings& f) {
  const interp::RestartSpread& spread = f.found.spread;
  const std::vector<LayeredEdge> given = interp::edge_list(f.file.graph), edges = interp::edge_list(f.weights);
  const std::vector<ModuleRow> rows = module_rows(f.weights, f.found);
  const double weight = total(edges, &LayeredEdge::weight), inside = total(rows, &ModuleRow::inside);
  return {{"source", f.source},
          {"nodes", f.weights.nodes()},
          {"layers", f.weights.layer_sizes.size()},
          {"layer_sizes", fmt::format("{}", fmt::join(f.weights.layer_sizes, " + "))},
          {"edges_given", given.size()},
          {"edges", edges.size()},
          {"cut", given.size() - edges.size()},
          {"weight", f.weight},
          {"cutoff", fmt::format("{}", fmt::join(f.cutoffs, ", "))},
          {"modules", f.found.modules},
          {"one", f.found.modules == 1},
          {"isolated", f.found.isolated},
          {"Q", f.found.Q},
          {"resolution", f.options.resolution},
          {"inside", inside / weight},
          {"nulls", f.options.nulls},
          {"null", null_results(f.found.null, f.options.nulls)},
          {"restarts", f.options.restarts},
          {"several", f.options.restarts > 1},
          {"spread",
           {{"adjusted_rand", spread.adjusted_rand},
            {"mutual_information", spread.mutual_information},
            {"variation", spread.variation},
            {"best", spread.best},
            {"mean", spread.mean},
            {"sd", spread.sd}}},
          {"sum", weight},
          {"matching", f.strength ? Json(f.strength->matching) : Json()},
          {"most_matched", most_matched},
          {"logarithms", f.weight == "log"},
          {"modules_table", modules_table(rows)},
          {"resolutions", resolutions_table.json(f.found.resolutions)}};
}

}  // namespace basin::experiments
