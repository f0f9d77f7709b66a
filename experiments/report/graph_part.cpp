#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>

#include "experiments/report/graph.h"
#include "experiments/report/report.h"

namespace basin::report {
namespace {

// The chosen nodes (ascending) and the edges that have both their ends among them.
LayeredGraphView part(const LayeredGraphView& view, const std::vector<std::size_t>& nodes) {
  LayeredGraphView found{.layers = view.layers};
  std::vector<std::size_t> place(view.nodes.size(), view.nodes.size());
  for (std::size_t i : nodes) place[i] = found.nodes.size(), found.nodes.push_back(view.nodes[i]);
  for (const GraphEdge& e : view.edges)
    if (place[e.from] < view.nodes.size() && place[e.to] < view.nodes.size())
      found.edges.push_back({place[e.from], place[e.to], e.strength});
  return found;
}

// How many nodes each layer may keep so that there are no more than `most`.
std::size_t quota(const std::vector<std::vector<std::size_t>>& layers, std::size_t most) {
  std::size_t low = 1, high = most;
  while (low < high) {
    const std::size_t each = (low + high + 1) / 2;
    std::size_t all = 0;
    for (const auto& layer : layers) all += std::min(each, layer.size());
    all <= most ? low = each : high = each - 1;
  }
  return low;
}

std::vector<std::size_t> most_important(const LayeredGraphView& view, std::size_t most) {
  std::vector<double> strongest(view.nodes.size());
  for (const GraphEdge& e : view.edges)
    for (std::size_t end : {e.from, e.to}) strongest[end] = std::max(strongest[end], e.strength);
  std::vector<std::vector<std::size_t>> layers(view.layers.size());
  for (std::size_t i = 0; i < view.nodes.size(); ++i) layers[std::size_t(view.nodes[i].layer)].push_back(i);
  const std::size_t each = quota(layers, most);
  std::vector<std::size_t> kept;
  for (auto& layer : layers) {
    std::ranges::stable_sort(layer, std::greater(),
                             [&](std::size_t i) { return std::pair(view.nodes[i].importance, strongest[i]); });
    kept.insert(kept.end(), layer.begin(), layer.begin() + std::ptrdiff_t(std::min(each, layer.size())));
  }
  std::ranges::sort(kept);
  return kept;
}

double four_digits(double x) {  // the largest numbers would be rounded to Inf
  return std::min(std::strtod(fmt::format("{:.4g}", x).c_str(), nullptr), std::numeric_limits<double>::max());
}

}  // namespace

LayeredGraphView shown_part(const LayeredGraphView& view, const GraphLimits& limits) {
  const LayeredGraphView sorted = sorted_graph(view);
  LayeredGraphView shown = part(sorted, most_important(sorted, limits.nodes));
  for (GraphEdge& e : shown.edges) e.strength = four_digits(e.strength);  // first: equal when shown, equal in order
  std::erase_if(shown.edges, [](const GraphEdge& e) { return e.strength == 0; });
  std::ranges::stable_sort(shown.edges, std::greater(), &GraphEdge::strength);
  if (shown.edges.size() > limits.edges) shown.edges.resize(limits.edges);
  const std::size_t longest = shown.nodes.size() > 500 ? 24 : 200;
  for (GraphLayer& layer : shown.layers) layer.name = shortened(layer.name, longest);
  for (GraphNode& n : shown.nodes) {
    n.label = shortened(n.label, longest);
    n.importance = four_digits(n.importance);
  }
  return shown;
}

}  // namespace basin::report
