#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/file.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "experiments/report/palette.h"
#include "experiments/report/table.h"

namespace basin::report {
namespace {

std::string quoted(const std::string& text) { return Json(text).dump(); }

std::string node_json(const GraphNode& n) {
  std::string text = fmt::format(R"({{"layer": {}, "index": {}, "label": {}, "importance": {}, "module": {})", n.layer,
                                 n.index, quoted(n.label), n.importance, n.module);
  if (n.constant) text += R"(, "constant": true)";
  if (!n.image.values.empty())
    text += fmt::format(R"(, "image": {{"width": {}, "height": {}, "values": {}}})", n.image.width, n.image.height,
                        Json(n.image.values).dump());
  return text + "}";
}

template <class List, class Text>
std::string lines(const char* name, const List& list, const Text& text) {
  std::string all = fmt::format("\"{}\": [", name);
  for (std::size_t i = 0; i < list.size(); ++i) all += (i ? ",\n" : "\n") + text(list[i]);
  return all + "\n]";
}

GraphNode node_of(const Json& j) {
  GraphNode n{.layer = j.at("layer"),
              .index = j.at("index"),
              .label = j.at("label"),
              .importance = j.at("importance"),
              .module = j.at("module"),
              .constant = j.value("constant", false)};
  if (j.contains("image"))
    n.image = {j["image"].at("width"), j["image"].at("height"), j["image"].at("values").get<std::vector<double>>()};
  return n;
}

LayeredGraphView graph_of(const Json& j) {
  LayeredGraphView view;
  for (const Json& layer : j.at("layers")) view.layers.push_back({layer.at("name"), layer.at("features")});
  for (const Json& node : j.at("nodes")) view.nodes.push_back(node_of(node));
  for (const Json& edge : j.at("edges"))
    view.edges.push_back({edge.at("source"), edge.at("target"), edge.at("strength")});
  return view;
}

}  // namespace

std::string graph_json(const LayeredGraphView& view) {
  const LayeredGraphView sorted = sorted_graph(view);
  return "{" +
         lines("layers", sorted.layers,
               [](const GraphLayer& l) {
                 return fmt::format(R"({{"name": {}, "features": {}}})", quoted(l.name), l.features);
               }) +
         ",\n" + lines("nodes", sorted.nodes, node_json) + ",\n" +
         lines("edges", sorted.edges,
               [](const GraphEdge& e) {
                 return fmt::format(R"({{"source": {}, "target": {}, "strength": {}}})", e.from, e.to, e.strength);
               }) +
         "}\n";
}

LayeredGraphView graph_from_json(const std::string& text, const std::string& name) {
  try {
    return sorted_graph(graph_of(Json::parse(text)));
  } catch (const Json::exception& e) {
    throw DataError(fmt::format("{} is no layered graph: {}; help: write_graph writes them", name, e.what()));
  }
}

std::string graph_dot(const LayeredGraphView& view) {
  const LayeredGraphView sorted = sorted_graph(view);
  double largest = 0;
  for (const GraphEdge& e : sorted.edges) largest = std::max(largest, e.strength);
  std::string dot = "digraph {\nrankdir=TB; splines=false; node [shape=box style=filled fillcolor=white];\n";
  for (std::size_t l = 0; l < sorted.layers.size(); ++l) {
    dot += fmt::format("subgraph {{ rank=same; // layer {}\n", l);
    for (std::size_t i = 0; i < sorted.nodes.size(); ++i)
      if (const GraphNode& n = sorted.nodes[i]; std::size_t(n.layer) == l)
        dot += fmt::format("n{} [label={} color=\"{}\"{}];\n", i, quoted(n.label),
                           n.module < 0 ? ink : colour(std::size_t(n.module)), n.constant ? " peripheries=2" : "");
    dot += "}\n";
  }
  for (const GraphEdge& e : sorted.edges)
    dot += fmt::format("n{} -> n{} [strength={} penwidth={:.2f}];\n", e.from, e.to, e.strength,
                       largest > 0 ? 4 * std::sqrt(e.strength / largest) : 0);
  return dot + "}\n";
}

void write_graph(const std::string& dir, const std::string& name, const LayeredGraphView& view) {
  check_figure_name(name);
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) throw Error(fmt::format("graph {}: folder {}: {}", name, dir, failed.message()));
  const std::string stem = (std::filesystem::path(dir) / name).string();
  write_atomically(stem + ".json", graph_json(view));
  write_atomically(stem + ".dot", graph_dot(view));
  write_atomically(stem + ".svg", graph_svg(view));
}

}  // namespace basin::report
