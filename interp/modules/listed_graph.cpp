#include "interp/modules/listed_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

std::string said(const ListedEdge& e) {
  return fmt::format("from node {} of layer {} to node {} of layer {}", e.from.index, e.from.layer, e.to.index,
                     e.to.layer);
}

void check(const ListedGraph& list, const ListedEdge& e) {
  const auto refuse = [&](const std::string& why) {
    throw DataError(fmt::format("{}: the edge {} {}", list.where(e), said(e), why));
  };
  if (e.from.layer == e.to.layer)
    refuse("lies inside a layer; wanted edges between neighbouring layers; help: leave it out");
  if (std::abs(e.from.layer - e.to.layer) != 1)
    refuse("skips a layer; wanted edges between neighbouring layers; help: leave it out");
  if (!std::isfinite(e.weight)) refuse(fmt::format("weighs {}; wanted a finite number", e.weight));
  if (e.weight < 0) refuse(fmt::format("weighs {}; wanted 0 or more; help: take absolute values or squares", e.weight));
}

// By layer. DataError unless all layers have nodes.
std::vector<std::int64_t> sizes(const ListedGraph& list) {
  std::map<std::int64_t, std::int64_t> size;
  const auto count = [&](const ListedPlace& n) { size[n.layer] = std::max(size[n.layer], n.index + 1); };
  for (const ListedNode& n : list.nodes) count(n);
  for (const ListedEdge& e : list.edges) count(e.from), count(e.to);
  std::vector<std::int64_t> sizes;
  for (const auto& [layer, nodes] : size) {
    if (layer != std::ssize(sizes))
      throw DataError(fmt::format("{}: layer {} has no nodes, layer {} has; help: count layers 0, 1, 2, … without gaps",
                                  list.name, sizes.size(), layer));
    sizes.push_back(nodes);
  }
  if (sizes.size() < 2)
    throw DataError(fmt::format("{}: {} layers; wanted edges between two or more", list.name, sizes.size()));
  return sizes;
}

// The graph is kept as full matrices; one mistaken number must not ask for more memory than there is.
void check_size(const ListedGraph& list, const std::vector<std::int64_t>& sizes) {
  const double most = std::min(1e5 * double(list.edges.size() + 1), 2.5e8);
  double pairs = 0;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) pairs += double(sizes[l]) * double(sizes[l + 1]);
  if (pairs > most)
    throw DataError(fmt::format(
        "{}: layers of {} nodes have {:g} pairs of neighbours, for {} edges; wanted at most {:g}"
        "; help: count the nodes of each layer 0, 1, 2, … without gaps",
        list.name, fmt::join(sizes.begin(), sizes.begin() + std::min<std::ptrdiff_t>(8, std::ssize(sizes)), ", "),
        pairs, list.edges.size(), most));
}

}  // namespace

std::string ListedGraph::where(const ListedEdge& edge) const {
  return fmt::format("{}: {} {}", name, unit, edge.number);
}

GraphFile assembled(const ListedGraph& list) {
  for (const ListedEdge& e : list.edges) check(list, e);
  const std::vector<std::int64_t> layer_sizes = sizes(list);
  check_size(list, layer_sizes);
  static constexpr double unnamed = -1;  // so that an edge of weight 0 counts as named
  GraphFile file{.graph = layered_graph(layer_sizes, [](auto, auto, auto) { return unnamed; }), .layers = list.layers};
  for (const ListedEdge& e : list.edges) {
    const auto& [lower, upper] = std::minmax(e.from, e.to, [](auto& a, auto& b) { return a.layer < b.layer; });
    double& weight = file.graph.edges[std::size_t(lower.layer)](upper.index, lower.index);
    if (weight != unnamed)
      throw DataError(fmt::format("{}: there is an edge {} already; wanted one; help: add their weights up",
                                  list.where(e), said(e)));
    weight = e.weight;
  }
  for (Matrix& edges : file.graph.edges) std::ranges::replace(edges.data, unnamed, 0.0);
  std::vector<std::int64_t> start{0};
  for (const std::int64_t size : layer_sizes) start.push_back(start.back() + size);
  for (const ListedNode& n : list.nodes)
    if (!n.label.empty()) file.labels[start[std::size_t(n.layer)] + n.index] = n.label;
  return file;
}

std::int64_t counted(double value, const std::string& where, std::string_view what) {
  if (!(value >= 0 && value <= 1e9 && value == std::floor(value)))
    throw DataError(fmt::format("{}: {} is {}; wanted a whole number from 0 to 1e9", where, what, value));
  return std::int64_t(value);
}

}  // namespace basin::interp
