// Graphs in GraphML, of write_graph, networkx and igraph.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/file.h"
#include "interp/modules/listed_graph.h"
#include "interp/modules/xml.h"

namespace basin::interp {
namespace {

using Data = std::map<std::string, std::string>;  // by the names that keys declare

struct Node {
  std::string id = {};
  Data data = {};
  std::size_t line = 0;
};

struct GraphmlEdge {
  std::string source = {}, target = {};
  Data data = {};
  std::size_t line = 0;
};

struct Key {
  std::string name = {}, of = {}, value = {};  // value: the default
};

// What a node or edge says, else the default.
struct AllData {
  const Data &own, &defaults;

  const std::string* find(const char* name) const {
    for (const Data* data : {&own, &defaults})
      if (const auto found = data->find(name); found != data->end()) return &found->second;
    return nullptr;
  }
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : xml_(text, name), name_(name) {}

  void read() {
    const XmlEvent top = xml_.next();
    if (top.name != "graphml")
      refuse(top.line, fmt::format("{} on top; wanted <graphml>", excerpt("<" + top.name + ">")));
    for (XmlEvent event = xml_.next(); event.kind != XmlEvent::end; event = xml_.next()) {
      if (event.kind == XmlEvent::open) open(event);
      if (event.kind == XmlEvent::close) close(event);
      if (event.kind == XmlEvent::text && text_) *text_ += event.name;
    }
    if (graphs_ == 0) refuse(top.line, "no <graph>");
  }

  std::vector<Node> nodes;
  std::vector<GraphmlEdge> edges;

  // Of "node" or "edge".
  Data defaults(const std::string& of) const {
    Data data;
    for (const auto& [id, key] : keys_)
      if (!key.value.empty() && (key.of == of || key.of == "all")) data[key.name] = key.value;
    return data;
  }

 private:
  [[noreturn]] void refuse(std::size_t line, const std::string& why) const {
    throw DataError(fmt::format("{}: line {}: {}", name_, line, why));
  }

  std::string attribute(const XmlEvent& element, const char* key) const {
    const auto found = element.attributes.find(key);
    if (found == element.attributes.end()) refuse(element.line, fmt::format("<{}> has no {}", element.name, key));
    return found->second;
  }

  void open(const XmlEvent& e) {
    if (e.name == "graph" && ++graphs_ > 1) refuse(e.line, "another <graph>; wanted one, and none inside of it");
    if (e.name == "hyperedge") refuse(e.line, "a <hyperedge>; wanted edges of two nodes");
    if (e.name == "key") open_key(e);
    if (e.name == "port") ++ports_;
    if (e.name == "node" || e.name == "edge") text_ = nullptr;  // it may lie in a list that grows
    if (e.name == "default") text_ = key_ ? &key_->value : nullptr;
    if (e.name == "node") {
      nodes.push_back({attribute(e, "id"), {}, e.line});
      data_ = &nodes.back().data;
    }
    if (e.name == "edge") {
      edges.push_back({attribute(e, "source"), attribute(e, "target"), {}, e.line});
      data_ = &edges.back().data;
    }
    if (e.name == "data" && data_ && ports_ == 0) open_data(e);
  }

  void open_key(const XmlEvent& e) {
    const auto named = e.attributes.find("attr.name"), of = e.attributes.find("for");
    const std::string id = attribute(e, "id");
    if (keys_.contains(id)) refuse(e.line, fmt::format("there is a key {} already", excerpt(id)));
    key_ = &keys_[id];
    *key_ = {.name = named == e.attributes.end() ? "" : named->second,
             .of = of == e.attributes.end() ? "all" : of->second};
  }

  void open_data(const XmlEvent& e) {
    const std::string id = attribute(e, "key");
    const auto key = keys_.find(id);
    if (key == keys_.end()) refuse(e.line, fmt::format("data for key {}, which no <key> declares", excerpt(id)));
    const std::string& name = key->second.name;
    if (name.empty()) return;  // what a program keeps for itself
    const auto [place, is_new] = data_->try_emplace(name);
    if (!is_new) refuse(e.line, fmt::format("the data {} are given twice", excerpt(name)));
    text_ = &place->second;
  }

  void close(const XmlEvent& e) {
    if (e.name == "data" || e.name == "default") text_ = nullptr;
    if (e.name == "key") key_ = nullptr;
    if (e.name == "port") --ports_;
    if (e.name == "node" || e.name == "edge") data_ = nullptr;
  }

  XmlReader xml_;
  const std::string& name_;
  std::map<std::string, Key> keys_;
  int graphs_ = 0;
  int ports_ = 0;                // that are open: their data are not the node's
  Key* key_ = nullptr;           // that is open
  Data* data_ = nullptr;         // of the node or edge that is open
  std::string* text_ = nullptr;  // what is being read
};

double number(const AllData& data, const char* key, const std::string& where) {
  const std::string* found = data.find(key);
  if (!found)
    throw DataError(
        fmt::format("{}: no data named {}; help: every node needs the attribute layer, every edge the attribute weight",
                    where, key));
  std::string_view text = *found;
  text = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range)
    throw DataError(fmt::format("{}: {} is {}, which is beyond what a double holds", where, key, excerpt(text)));
  if (error != std::errc() || end != text.data() + text.size())
    throw DataError(fmt::format("{}: {} is {}; wanted a number", where, key, excerpt(text)));
  return value;
}

// Of its own data alone: a default would call all nodes alike.
std::string label_of(const Node& node, bool has_index) {
  for (const char* key : {"label", "name"})
    if (const auto found = node.data.find(key); found != node.data.end() && !found->second.empty())
      return found->second;
  return has_index ? "" : node.id;
}

// The nodes by id, with their places.
std::map<std::string, ListedNode> placed(const std::vector<Node>& nodes, const Data& defaults,
                                         const std::string& name) {
  const bool has_index = std::ranges::any_of(nodes, [&](const Node& node) {
    return AllData{node.data, defaults}.find("index");
  });
  std::map<std::string, ListedNode> by_id;
  std::map<std::int64_t, std::int64_t> next;  // by layer
  std::set<std::pair<std::int64_t, std::int64_t>> taken;
  for (const Node& node : nodes) {
    const std::string where = fmt::format("{}: line {}: node {}", name, node.line, excerpt(node.id));
    const AllData data{node.data, defaults};
    const std::int64_t layer = counted(number(data, "layer", where), where, "layer");
    const std::int64_t index = has_index ? counted(number(data, "index", where), where, "index") : next[layer]++;
    if (!taken.insert({layer, index}).second)
      throw DataError(fmt::format("{}: there is a node {} of layer {} already", where, index, layer));
    if (!by_id.try_emplace(node.id, ListedNode{{layer, index}, label_of(node, has_index)}).second)
      throw DataError(where + ": there is a node with this id already");
  }
  return by_id;
}

}  // namespace

GraphFile parse_graphml(std::string_view text, const std::string& name) {
  Reader reader(text, name);
  reader.read();
  const std::map<std::string, ListedNode> nodes = placed(reader.nodes, reader.defaults("node"), name);
  const Data edge_defaults = reader.defaults("edge");
  ListedGraph list{.name = name, .unit = "line"};
  for (const auto& [id, node] : nodes) list.nodes.push_back(node);
  for (const GraphmlEdge& e : reader.edges) {
    const std::string where =
        fmt::format("{}: line {}: the edge from {} to {}", name, e.line, excerpt(e.source), excerpt(e.target));
    const auto from = nodes.find(e.source), to = nodes.find(e.target);
    if (from == nodes.end() || to == nodes.end())
      throw DataError(
          fmt::format("{}: there is no node {}", where, excerpt(from == nodes.end() ? e.source : e.target)));
    list.edges.push_back({from->second, to->second, number({e.data, edge_defaults}, "weight", where), e.line});
  }
  return assembled(list);
}

}  // namespace basin::interp
