// Graphs in JSON, of write_graph and of reports.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/file.h"
#include "interp/modules/listed_graph.h"

namespace basin::interp {
namespace {

using Json = nlohmann::json;

const Json& member(const Json& object, const char* key, const std::string& where) {
  if (!object.is_object() || !object.contains(key))
    throw DataError(
        fmt::format("{}: has no \"{}\"; help: wanted {{\"layers\": [sizes], \"edges\": [{{\"source\", "
                    "\"target\", \"weight\"}}]}}; networkx and igraph write .graphml",
                    where, key));
  return object[key];
}

const Json& array(const Json& object, const char* key, const std::string& where) {
  const Json& list = member(object, key, where);
  if (!list.is_array()) throw DataError(fmt::format("{}: \"{}\" is no list", where, key));
  return list;
}

// For a message. Lists and objects are not written out: they may be nested deeper than the stack.
std::string said(const Json& value) {
  if (value.is_structured()) return fmt::format("an {}", value.type_name());
  return excerpt(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

double number(const Json& value, const std::string& where, const char* what) {
  if (!value.is_number()) throw DataError(fmt::format("{}: {} is {}; wanted a number", where, what, said(value)));
  return value.get<double>();
}

std::int64_t whole(const Json& object, const char* key, const std::string& where) {
  return counted(number(member(object, key, where), where, key), where, key);
}

std::string text(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

struct Layers {
  std::vector<std::int64_t> sizes = {};
  std::vector<std::string> names = {};  // none, or one for each
};

Layers layers_of(const Json& json, const std::string& name) {
  Layers layers;
  for (const Json& layer : array(json, "layers", name)) {
    const std::string where = fmt::format("{}: layer {}", name, layers.sizes.size());
    layers.sizes.push_back(layer.is_object() ? whole(layer, "features", where)
                                             : counted(number(layer, where, "its size"), where, "its size"));
    if (layer.is_object()) layers.names.resize(layers.sizes.size());
    if (layer.is_object()) layers.names.back() = text(layer, "name");
    if (layers.sizes.back() < 1) throw DataError(where + ": has no nodes; wanted 1 or more");
  }
  if (!layers.names.empty()) layers.names.resize(layers.sizes.size());
  return layers;
}

struct JsonNode : ListedNode {
  bool constant = false;
};

std::vector<JsonNode> nodes_of(const Json& json, const Layers& layers, const std::string& name) {
  std::vector<JsonNode> nodes;
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const Json& node : array(json, "nodes", name)) {
    const std::string where = fmt::format("{}: node {}", name, nodes.size());
    JsonNode n{{{.layer = whole(node, "layer", where), .index = whole(node, "index", where)}, text(node, "label")},
               node.contains("constant") && node["constant"] == true};
    if (n.layer >= std::ssize(layers.sizes))
      throw DataError(fmt::format("{}: is in layer {}; there are {} layers", where, n.layer, layers.sizes.size()));
    if (n.index >= layers.sizes[std::size_t(n.layer)])
      throw DataError(fmt::format("{}: has index {}; layer {} has {} nodes", where, n.index, n.layer,
                                  layers.sizes[std::size_t(n.layer)]));
    if (!seen.insert({n.layer, n.index}).second)
      throw DataError(fmt::format("{}: there is a node {} of layer {} already", where, n.index, n.layer));
    if (n.label == fmt::to_string(n.index)) n.label.clear();
    nodes.push_back(std::move(n));
  }
  return nodes;
}

struct End {
  ListedPlace place = {};
  bool constant = false;
};

// Which nodes source and target count: those of the list, else layer by layer.
class Ends {
 public:
  Ends(std::vector<JsonNode> nodes, bool listed, const Layers& layers) : nodes_(std::move(nodes)), listed_(listed) {
    for (const std::int64_t size : layers.sizes) start_.push_back(start_.back() + size);
  }

  End operator()(const Json& edge, const char* key, const std::string& where) const {
    const std::int64_t number = whole(edge, key, where);
    const std::int64_t count = listed_ ? std::ssize(nodes_) : start_.back();
    if (number >= count)
      throw DataError(fmt::format("{}: its {} is node {}; there are {} nodes", where, key, number, count));
    if (listed_) return {nodes_[std::size_t(number)], nodes_[std::size_t(number)].constant};
    const auto layer = std::ranges::upper_bound(start_, number) - start_.begin() - 1;
    return {{.layer = layer, .index = number - start_[std::size_t(layer)]}};
  }
  const std::vector<JsonNode>& nodes() const { return nodes_; }

 private:
  std::vector<JsonNode> nodes_;
  bool listed_;
  std::vector<std::int64_t> start_{0};  // of each layer; last the number of nodes
};

Json parsed(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text);
  } catch (const Json::out_of_range&) {
    throw DataError(name + ": a number in it is beyond what a double holds");
  } catch (const Json::exception& e) {
    throw DataError(fmt::format("{} is no JSON: {}", name, excerpt(e.what())));
  }
}

}  // namespace

GraphFile parse_graph_json(std::string_view text, const std::string& name) {
  const Json json = parsed(text, name);
  const Layers layers = layers_of(json, name);
  const bool listed = json.contains("nodes");
  const Ends end(listed ? nodes_of(json, layers, name) : std::vector<JsonNode>{}, listed, layers);
  ListedGraph list{.name = name, .unit = "edge", .layers = layers.names};
  for (std::size_t l = 0; l < layers.sizes.size(); ++l)
    list.nodes.push_back({{.layer = std::int64_t(l), .index = layers.sizes[l] - 1}});
  for (const JsonNode& node : end.nodes()) list.nodes.push_back(node);
  std::size_t count = 0;
  for (const Json& edge : array(json, "edges", name)) {
    const std::string where = fmt::format("{}: edge {}", name, count);
    const End from = end(edge, "source", where), to = end(edge, "target", where);
    const char* key = edge.contains("strength") ? "strength" : "weight";
    const double weight = number(member(edge, key, where), where, key);
    if (!from.constant && !to.constant) list.edges.push_back({from.place, to.place, weight, count});
    ++count;
  }
  return assembled(list);
}

}  // namespace basin::interp
