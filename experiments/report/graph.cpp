#include "experiments/report/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/file.h"
#include "experiments/report/table.h"

namespace basin::report {
namespace {

// Bytes that are no UTF-8 become U+FFFD.
std::string utf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string said(const LayeredGraphView& view, std::size_t node) {
  const GraphNode& n = view.nodes[node];
  return fmt::format("graph: node {} (layer {}, feature {}, {})", node, n.layer, n.index, excerpt(n.label));
}

void check_number(double x, const std::string& whose, const char* what) {
  if (!std::isfinite(x) || x < 0)
    throw NumericalError(fmt::format("{}: its {} is {}; wanted a finite number that is not below 0", whose, what, x));
}

void check_node(const LayeredGraphView& view, std::size_t i) {
  const GraphNode& n = view.nodes[i];
  if (n.layer < 0 || std::size_t(n.layer) >= view.layers.size())
    throw ShapeError(fmt::format("{}: there are {} layers", said(view, i), view.layers.size()));
  if (n.index < 0 || n.index >= view.layers[std::size_t(n.layer)].features)
    throw ShapeError(fmt::format("{}: the layer {} has {} features", said(view, i),
                                 excerpt(view.layers[std::size_t(n.layer)].name),
                                 view.layers[std::size_t(n.layer)].features));
  if (n.module < -1) throw ShapeError(fmt::format("{}: module {}; wanted -1 for none", said(view, i), n.module));
  check_number(n.importance, said(view, i), "importance");
  const GraphImage& image = n.image;
  if (image.width < 0 || image.height < 0 ||
      image.values.size() != std::size_t(image.width) * std::size_t(image.height))
    throw ShapeError(fmt::format("{}: an image of {} × {} with {} values", said(view, i), image.width, image.height,
                                 image.values.size()));
  if (!std::ranges::all_of(image.values, [](double x) { return std::isfinite(x); }))
    throw NumericalError(said(view, i) + ": its image has a value that is not finite");
}

void check_edge(const LayeredGraphView& view, std::size_t i) {
  const GraphEdge& e = view.edges[i];
  const std::string whose = fmt::format("graph: edge {} (from node {} to node {})", i, e.from, e.to);
  if (e.from >= view.nodes.size() || e.to >= view.nodes.size())
    throw ShapeError(fmt::format("{}: there are {} nodes", whose, view.nodes.size()));
  if (view.nodes[e.from].layer >= view.nodes[e.to].layer)
    throw ShapeError(fmt::format("{}: from layer {} to layer {}; wanted a later one", whose, view.nodes[e.from].layer,
                                 view.nodes[e.to].layer));
  check_number(e.strength, whose, "strength");
}

std::pair<int, int> feature(const GraphNode& n) { return {n.layer, n.index}; }
std::pair<std::size_t, std::size_t> ends(const GraphEdge& e) { return {e.from, e.to}; }

}  // namespace

LayeredGraphView sorted_graph(const LayeredGraphView& view) {
  for (std::size_t i = 0; i < view.nodes.size(); ++i) check_node(view, i);
  for (std::size_t i = 0; i < view.edges.size(); ++i) check_edge(view, i);
  std::vector<std::size_t> order(view.nodes.size()), place(view.nodes.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::sort(order, {}, [&](std::size_t i) { return feature(view.nodes[i]); });
  LayeredGraphView sorted{.layers = view.layers};
  for (GraphLayer& layer : sorted.layers) layer.name = utf8(layer.name);
  for (std::size_t i : order) {
    if (!sorted.nodes.empty() && feature(sorted.nodes.back()) == feature(view.nodes[i]))
      throw ShapeError(said(view, i) + ": there is another node for this feature");
    place[i] = sorted.nodes.size();
    GraphNode& n = sorted.nodes.emplace_back(view.nodes[i]);
    n.label = n.label.empty() ? fmt::to_string(n.index) : utf8(n.label);
  }
  for (const GraphEdge& e : view.edges) sorted.edges.push_back({place[e.from], place[e.to], e.strength});
  std::ranges::sort(sorted.edges, {}, ends);
  const auto twice = std::ranges::adjacent_find(sorted.edges, {}, ends);
  if (twice != sorted.edges.end())
    throw ShapeError(
        fmt::format("graph: there are two edges from node {} to node {}", order[twice->from], order[twice->to]));
  return sorted;
}

}  // namespace basin::report
