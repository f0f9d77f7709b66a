#include "interp/degeneracy/norm_nodes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "autodiff/op.h"

namespace basin::interp {
namespace {

bool one_of(const Node& node, std::initializer_list<std::string_view> ops) {
  return std::ranges::find(ops, node.op->name) != ops.end();
}

// The nodes from `from` back to `to`, without `to`, if there is nothing but these ops and constants on the way.
std::vector<Id> chain(const Graph& graph, Id from, Id to, std::initializer_list<std::string_view> ops) {
  std::vector<Id> nodes;
  while (from != to) {
    const Node& node = graph.node(from);
    Id next = -1;
    for (const Id in : node.in)
      if (in >= 0 && !is_constant(graph.node(in)) &&
          !(is_view(graph.node(in)) && is_constant(graph.node(graph.node(in).in[0]))))
        next = next < 0 ? in : -2;
    if (!one_of(node, ops) || next < to) return {};
    nodes.push_back(from);
    from = next;
  }
  return nodes;
}

}  // namespace

NormNodes norm_nodes(const Graph& graph, const std::vector<Id>& nodes) {
  NormNodes found;
  for (const Id id : nodes) {
    const Node& node = graph.node(id);
    if (node.op->name == "layer_norm") found.input[id] = node.in[0];
    if (node.op->name != "div") continue;
    const Id centered = node.in[0];
    const Node& difference = graph.node(centered);
    if (difference.op->name != "sub") continue;
    const std::vector<Id> mean = chain(graph, difference.in[1], difference.in[0], {"mul", "sum", "reshape", "view"});
    const std::vector<Id> scale =
        chain(graph, node.in[1], centered, {"sqrt", "add", "mul", "sum", "square", "reshape", "view"});
    if (mean.empty() || scale.empty()) continue;
    found.input[id] = difference.in[0];
    found.inside.insert(centered);
    found.inside.insert(mean.begin(), mean.end());
    found.inside.insert(scale.begin(), scale.end());
  }
  return found;
}

}  // namespace basin::interp
