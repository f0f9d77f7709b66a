// Graphs with their modules as files, for other programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "interp/modules/modules.h"

namespace basin::interp {
namespace {

using OrderedJson = nlohmann::ordered_json;

void validate(const LayeredGraph& graph, const Modules& modules) {
  graph.validate("write_graph");
  bool fits = modules.of_node.size() == graph.layer_sizes.size();
  for (std::size_t l = 0; fits && l < modules.of_node.size(); ++l)
    fits = std::int64_t(modules.of_node[l].size()) == graph.layer_sizes[l];
  if (!fits) throw ShapeError("write_graph: the modules belong to a graph with other layers");
}

struct FileNode {
  std::size_t layer = 0, index = 0;
  std::int64_t module = 0;
  std::string label = {};  // valid UTF-8; empty: none
};

// Bytes that are no UTF-8 become U+FFFD.
std::string quoted(const std::string& text) {
  return OrderedJson(text).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::vector<FileNode> nodes_of(const Modules& modules, const NodeLabels& labels) {
  std::vector<FileNode> nodes;
  for (std::size_t l = 0; l < modules.of_node.size(); ++l)
    for (std::size_t i = 0; i < modules.of_node[l].size(); ++i) {
      const auto label = labels.find(std::ssize(nodes));
      nodes.push_back({l, i, modules.of_node[l][i],
                       label == labels.end() ? "" : OrderedJson::parse(quoted(label->second)).get<std::string>()});
    }
  return nodes;
}

std::string as_json(const LayeredGraph& graph, const std::vector<FileNode>& list) {
  auto nodes = OrderedJson::array(), edges = OrderedJson::array();
  for (const FileNode& n : list) {
    nodes.push_back({{"layer", n.layer}, {"index", n.index}, {"module", n.module}});
    if (!n.label.empty()) nodes.back()["label"] = n.label;
  }
  for (const LayeredEdge& e : edge_list(graph))
    edges.push_back({{"source", e.from}, {"target", e.to}, {"weight", e.weight}});
  const OrderedJson object{{"layers", graph.layer_sizes}, {"nodes", nodes}, {"edges", edges}};
  return object.dump(1) + "\n";
}

// Control characters, which XML does not have, become blanks.
std::string xml_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string as_graphml(const LayeredGraph& graph, const std::vector<FileNode>& nodes) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  for (const char* name : {"layer", "index", "module"})
    text += fmt::format("<key id=\"{0}\" for=\"node\" attr.name=\"{0}\" attr.type=\"long\"/>\n", name);
  text += "<key id=\"label\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n";
  text += "<key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n";
  text += "<graph edgedefault=\"undirected\">\n";
  std::int64_t node = 0;
  for (const FileNode& n : nodes)
    text += fmt::format(
        "<node id=\"n{}\"><data key=\"layer\">{}</data><data key=\"index\">{}</data><data key=\"module\">{}</data>{}"
        "</node>\n",
        node++, n.layer, n.index, n.module,
        n.label.empty() ? "" : "<data key=\"label\">" + xml_text(n.label) + "</data>");
  for (const LayeredEdge& e : edge_list(graph))
    text += fmt::format("<edge source=\"n{}\" target=\"n{}\"><data key=\"weight\">{}</data></edge>\n", e.from, e.to,
                        e.weight);
  return text + "</graph>\n</graphml>\n";
}

// For graphviz, where `weight` would steer the layout: hence `strength`, as in the graphs of reports.
std::string as_dot(const LayeredGraph& graph, const std::vector<FileNode>& nodes) {
  constexpr int colours = 8;  // of the scheme
  std::string text = "graph {\nrankdir=TB; splines=false; node [shape=box style=filled colorscheme=set28];\n";
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const FileNode& n = nodes[i];
    if (n.index == 0) text += "subgraph { rank=same;\n";
    text += fmt::format("n{} [label={} layer={} index={} module={} fillcolor={}];\n", i,
                        quoted(n.label.empty() ? fmt::to_string(n.index) : n.label), n.layer, n.index, n.module,
                        1 + n.module % colours);
    if (i + 1 == nodes.size() || nodes[i + 1].index == 0) text += "}\n";
  }
  const std::vector<LayeredEdge> edges = edge_list(graph);
  double largest = 0;
  for (const LayeredEdge& e : edges) largest = std::max(largest, e.weight);
  for (const LayeredEdge& e : edges)
    text += fmt::format("n{} -- n{} [strength={} penwidth={:.2f}];\n", e.from, e.to, e.weight,
                        4 * std::sqrt(e.weight / largest));
  return text + "}\n";
}

OrderedJson json_of(const RestartSpread& s) {
  return {{"best", s.best},
          {"mean", s.mean},
          {"sd", s.sd},
          {"adjusted_rand", s.adjusted_rand},
          {"mutual_information", s.mutual_information},
          {"variation", s.variation}};
}

}  // namespace

std::string to_json(const Modules& m) {
  auto resolutions = OrderedJson::array();
  for (const ResolutionRow& r : m.resolutions)
    resolutions.push_back({{"resolution", r.resolution},
                           {"modules", r.modules},
                           {"Q", r.Q},
                           {"adjusted_rand", r.adjusted_rand},
                           {"variation", r.variation},
                           {"restarts", json_of(r.spread)}});
  const OrderedJson object{{"modules", m.modules},
                           {"isolated", m.isolated},
                           {"Q", m.Q},
                           {"restarts", json_of(m.spread)},
                           {"null",
                            {{"mean", m.null.mean},
                             {"sd", m.null.sd},
                             {"z", m.null.z},
                             {"at_least", m.null.at_least},
                             {"strength_error", m.null.strength_error}}},
                           {"resolutions", resolutions},
                           {"of_node", m.of_node}};
  return object.dump(1);
}

void write_graph(const std::string& path, const LayeredGraph& graph, const Modules& modules, const NodeLabels& labels) {
  validate(graph, modules);
  const std::vector<FileNode> nodes = nodes_of(modules, labels);
  if (path.ends_with(".json")) return write_atomically(path, as_json(graph, nodes));
  if (path.ends_with(".graphml")) return write_atomically(path, as_graphml(graph, nodes));
  if (path.ends_with(".dot")) return write_atomically(path, as_dot(graph, nodes));
  throw UsageError(fmt::format("write_graph: '{}': wanted a name that ends in .graphml, .json or .dot", path));
}

}  // namespace basin::interp
