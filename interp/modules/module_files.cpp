// Graphs with their modules as files, for other programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "interp/modules/modules.h"

namespace basin::interp {
namespace {

using Json = nlohmann::ordered_json;

void validate(const LayeredGraph& graph, const Modules& modules) {
  graph.validate("write_graph");
  bool fits = modules.of_node.size() == graph.layer_sizes.size();
  for (std::size_t l = 0; fits && l < modules.of_node.size(); ++l)
    fits = std::int64_t(modules.of_node[l].size()) == graph.layer_sizes[l];
  if (!fits) throw ShapeError("write_graph: the modules belong to a graph with other layers");
}

std::string as_json(const LayeredGraph& graph, const Modules& modules) {
  auto nodes = Json::array(), edges = Json::array();
  for (std::size_t l = 0; l < modules.of_node.size(); ++l)
    for (std::size_t i = 0; i < modules.of_node[l].size(); ++i)
      nodes.push_back({{"layer", l}, {"index", i}, {"module", modules.of_node[l][i]}});
  for (const LayeredEdge& e : edge_list(graph))
    edges.push_back({{"source", e.from}, {"target", e.to}, {"weight", e.weight}});
  const Json object{{"layers", graph.layer_sizes}, {"nodes", nodes}, {"edges", edges}};
  return object.dump(1) + "\n";
}

std::string as_graphml(const LayeredGraph& graph, const Modules& modules) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  for (const char* name : {"layer", "index", "module"})
    text += fmt::format("<key id=\"{0}\" for=\"node\" attr.name=\"{0}\" attr.type=\"long\"/>\n", name);
  text += "<key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n";
  text += "<graph edgedefault=\"undirected\">\n";
  std::int64_t node = 0;
  for (std::size_t l = 0; l < modules.of_node.size(); ++l)
    for (std::size_t i = 0; i < modules.of_node[l].size(); ++i)
      text += fmt::format(
          "<node id=\"n{}\"><data key=\"layer\">{}</data><data key=\"index\">{}</data><data key=\"module\">{}</data>"
          "</node>\n",
          node++, l, i, modules.of_node[l][i]);
  for (const LayeredEdge& e : edge_list(graph))
    text += fmt::format("<edge source=\"n{}\" target=\"n{}\"><data key=\"weight\">{}</data></edge>\n", e.from, e.to,
                        e.weight);
  return text + "</graph>\n</graphml>\n";
}

// For graphviz, where `weight` would steer the layout: hence `strength`, as in the graphs of reports.
std::string as_dot(const LayeredGraph& graph, const Modules& modules) {
  constexpr int colours = 8;  // of the scheme
  std::string text = "graph {\nrankdir=TB; splines=false; node [shape=box style=filled colorscheme=set28];\n";
  std::int64_t node = 0;
  for (std::size_t l = 0; l < modules.of_node.size(); ++l) {
    text += "subgraph { rank=same;\n";
    for (std::size_t i = 0; i < modules.of_node[l].size(); ++i) {
      const std::int64_t module = modules.of_node[l][i];
      text += fmt::format("n{} [label=\"{}\" layer={} index={} module={} fillcolor={}];\n", node++, i, l, i, module,
                          1 + module % colours);
    }
    text += "}\n";
  }
  const std::vector<LayeredEdge> edges = edge_list(graph);
  double largest = 0;
  for (const LayeredEdge& e : edges) largest = std::max(largest, e.weight);
  for (const LayeredEdge& e : edges)
    text += fmt::format("n{} -- n{} [strength={} penwidth={:.2f}];\n", e.from, e.to, e.weight,
                        4 * std::sqrt(e.weight / largest));
  return text + "}\n";
}

Json json_of(const RestartSpread& s) {
  return {{"best", s.best},
          {"mean", s.mean},
          {"sd", s.sd},
          {"adjusted_rand", s.adjusted_rand},
          {"mutual_information", s.mutual_information},
          {"variation", s.variation}};
}

}  // namespace

std::string to_json(const Modules& m) {
  auto resolutions = Json::array();
  for (const ResolutionRow& r : m.resolutions)
    resolutions.push_back({{"resolution", r.resolution},
                           {"modules", r.modules},
                           {"Q", r.Q},
                           {"adjusted_rand", r.adjusted_rand},
                           {"variation", r.variation},
                           {"restarts", json_of(r.spread)}});
  const Json object{
      {"modules", m.modules},
      {"isolated", m.isolated},
      {"Q", m.Q},
      {"restarts", json_of(m.spread)},
      {"null", {{"mean", m.null.mean}, {"sd", m.null.sd}, {"z", m.null.z}, {"at_least", m.null.at_least}}},
      {"resolutions", resolutions},
      {"of_node", m.of_node}};
  return object.dump(1);
}

void write_graph(const std::string& path, const LayeredGraph& graph, const Modules& modules) {
  validate(graph, modules);
  if (path.ends_with(".json")) return write_atomically(path, as_json(graph, modules));
  if (path.ends_with(".graphml")) return write_atomically(path, as_graphml(graph, modules));
  if (path.ends_with(".dot")) return write_atomically(path, as_dot(graph, modules));
  throw UsageError(fmt::format("write_graph: '{}': wanted a name that ends in .graphml, .json or .dot", path));
}

}  // namespace basin::interp
