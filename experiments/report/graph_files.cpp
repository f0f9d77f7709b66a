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

// Json would cut other numbers off without a word.
int whole(const Json& object, const char* key) {
  const Json& value = object.at(key);
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (!(std::abs(number) <= 1e9 && number == std::floor(number)))
    throw DataError(fmt::format("{} is {}; wanted a whole number up to 1e9", key,
                                value.is_number() ? fmt::to_string(number) : value.type_name()));
  return int(number);
}

GraphNode node_of(const Json& j) {
  GraphNode n{.layer = whole(j, "layer"),
              .index = whole(j, "index"),
              .label = j.at("label"),
              .importance = j.at("importance"),
              .module = whole(j, "module"),
              .constant = j.value("constant", false)};
  if (j.contains("image"))
    n.image = {whole(j["image"], "width"), whole(j["image"], "height"),
               j["image"].at("values").get<std::vector<double>>()};
  return n;
}

std::size_t end_of(const Json& edge, const char* key) {
  const int node = whole(edge, key);
  if (node < 0) throw DataError(fmt::format("{} is {}; wanted the number of a node", key, node));
  return std::size_t(node);
}

LayeredGraphView graph_of(const Json& j) {
  LayeredGraphView view;
  for (const Json& layer : j.at("layers")) view.layers.push_back({layer.at("name"), whole(layer, "features")});
  for (const Json& node : j.at("nodes")) view.nodes.push_back(node_of(node));
  for (const Json& edge : j.at("edges"))
    view.edges.push_back({end_of(edge, "source"), end_of(edge, "target"), edge.at("strength")});
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
  const auto refuse = [&](const std::exception& e) {
    throw DataError(fmt::format("{} is no layered graph: {}; help: write_graph writes them", name, excerpt(e.what())));
  };
  LayeredGraphView view;
  try {
    view = graph_of(Json::parse(text));
  } catch (const Json::exception& e) {
    refuse(e);
  } catch (const DataError& e) {
    refuse(e);
  }
  return sorted_graph(view);
}

std::string graph_dot(const LayeredGraphView& view) {
  const LayeredGraphView sorted = sorted_graph(view);
  double largest = 0;
  for (const GraphEdge& e : sorted.edges) largest = std::max(largest, e.strength);
  std::string dot = "digraph {\nrankdir=TB; splines=false; node [shape=box style=filled fillcolor=white];\n";
  std::size_t i = 0;  // nodes are sorted by layer
  for (std::size_t l = 0; l < sorted.layers.size(); ++l) {
    dot += fmt::format("subgraph {{ rank=same; // layer {}\n", l);
    for (; i < sorted.nodes.size() && std::size_t(sorted.nodes[i].layer) == l; ++i) {
      const GraphNode& n = sorted.nodes[i];
      dot += fmt::format("n{} [label={} color=\"{}\"{}];\n", i, quoted(n.label),
                         n.module < 0 ? ink : colour(std::size_t(n.module)), n.constant ? " peripheries=2" : "");
    }
    dot += "}\n";
  }
  for (const GraphEdge& e : sorted.edges)
    dot += fmt::format("n{} -> n{} [strength={} penwidth={:.2f}];\n", e.from, e.to, e.strength,
                       largest > 0 ? 4 * std::sqrt(e.strength / largest) : 0);
  return dot + "}\n";
}

void write_graph(const std::string& dir, const std::string& name, const LayeredGraphView& view) {
  check_figure_name(name);
  make_folders(dir);
  const std::string stem = (std::filesystem::path(dir) / name).string();
  write_atomically(stem + ".json", graph_json(view));
  write_atomically(stem + ".dot", graph_dot(view));
  write_atomically(stem + ".svg", graph_svg(view));
}

}  // namespace basin::report
