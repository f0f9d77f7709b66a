// Graphs with their modules as files, for other programs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "interp/modules/modules.h"

namespace basin::interp {
namespace {

void validate(const LayeredGraph& graph, const Modules& modules) {
  graph.validate("write_graph");
  bool fits = modules.of_node.size() == graph.layer_sizes.size();
  for (std::size_t l = 0; fits && l < modules.of_node.size(); ++l)
    fits = std::int64_t(modules.of_node[l].size()) == graph.layer_sizes[l];
  if (!fits) throw ShapeError("write_graph: the modules belong to a graph with other layers");
}

std::string as_json(const LayeredGraph& graph, const Modules& modules) {
  auto nodes = nlohmann::ordered_json::array(), edges = nlohmann::ordered_json::array();
  for (std::size_t l = 0; l < modules.of_node.size(); ++l)
    for (std::size_t i = 0; i < modules.of_node[l].size(); ++i)
      nodes.push_back({{"layer", l}, {"index", i}, {"module", modules.of_node[l][i]}});
  for (const LayeredEdge& e : edge_list(graph))
    edges.push_back({{"source", e.from}, {"target", e.to}, {"weight", e.weight}});
  const nlohmann::ordered_json object{{"layers", graph.layer_sizes}, {"nodes", nodes}, {"edges", edges}};
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

}  // namespace

void write_graph(const std::string& path, const LayeredGraph& graph, const Modules& modules) {
  validate(graph, modules);
  if (path.ends_with(".json")) return write_atomically(path, as_json(graph, modules));
  if (path.ends_with(".graphml")) return write_atomically(path, as_graphml(graph, modules));
  throw UsageError(fmt::format("write_graph: '{}': wanted a name that ends in .graphml or .json", path));
}

}  // namespace basin::interp
