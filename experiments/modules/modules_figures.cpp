#include <fmt/format.h>

#include "experiments/modules/modules_findings.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using interp::ResolutionRow;
using report::points;
using report::SeriesStyle;

// Resolutions are sorted.
bool over_decades(const ModuleFindings& f) {
  return f.found.resolutions.back().resolution >= 100 * f.found.resolutions.front().resolution;
}

template <class Y>
report::Series over_resolution(const std::string& label, const ModuleFindings& f, const Y& y) {
  return points(label, f.found.resolutions, &ResolutionRow::resolution, y, SeriesStyle::lines_points);
}

report::Figure modularity_figure(const ModuleFindings& f) {
  report::Figure figure{.title = "Modularity over the resolution",
                        .x_label = "resolution γ",
                        .y_label = "Q at γ = 1",
                        .log_x = over_decades(f),
                        .series = {over_resolution("this graph", f, &ResolutionRow::Q)}};
  if (f.options.nulls > 0)
    figure.series.push_back({.label = "rewired graphs, ± one deviation",
                             .x = {f.options.resolution},
                             .y = {f.found.null.mean},
                             .style = SeriesStyle::points,
                             .error = {f.found.null.sd}});
  return figure;
}

report::Figure agreement_figure(const ModuleFindings& f) {
  return {.title = "How stable the modules are",
          .x_label = "resolution γ",
          .y_label = "ARI, or VI / log n",
          .log_x = over_decades(f),
          .series = {over_resolution("ARI with the reported modules", f, &ResolutionRow::adjusted_rand),
                     over_resolution("VI from the reported modules", f, &ResolutionRow::variation),
                     over_resolution("ARI of restarts", f, [](const auto& r) { return r.spread.adjusted_rand; }),
                     over_resolution("VI of restarts", f, [](const auto& r) { return r.spread.variation; })}};
}

std::string layer_name(const ModuleFindings& f, std::size_t layer) {
  const bool named = layer < f.file.layers.size() && !f.file.layers[layer].empty();
  return named ? f.file.layers[layer] : fmt::format("layer {}", layer);
}

}  // namespace

std::vector<report::NamedFigure> modules_figures(const ModuleFindings& f) {
  return {{"modularity", modularity_figure(f)}, {"agreement", agreement_figure(f)}};
}

report::LayeredGraphView modules_view(const ModuleFindings& f) {
  report::LayeredGraphView view;
  for (std::size_t l = 0; l < f.found.of_node.size(); ++l) {
    view.layers.push_back({layer_name(f, l), int(f.weights.layer_sizes[l])});
    for (std::size_t i = 0; i < f.found.of_node[l].size(); ++i)
      view.nodes.push_back({.layer = int(l), .index = int(i)});
  }
  for (const auto& [node, label] : f.file.labels) view.nodes[std::size_t(node)].label = label;
  const interp::Partition partition = f.found.partition();
  for (const interp::LayeredEdge& e : interp::edge_list(f.weights)) {
    view.edges.push_back({.from = std::size_t(e.from), .to = std::size_t(e.to), .strength = e.weight});
    for (const std::int64_t node : {e.from, e.to}) {
      view.nodes[std::size_t(node)].importance += e.weight;
      view.nodes[std::size_t(node)].module = int(partition[node]);
    }
  }
  return view;
}

}  // namespace basin::experiments
