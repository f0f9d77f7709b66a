#include "interp/degeneracy/parameter_views.h"

#include <numeric>

#include "autodiff/op.h"

namespace basin::interp {
namespace {

bool shows_its_input(const Node& node) {
  return is_view(node) || node.op->name == "reshape" || node.op->name == "alias";
}

// The parameter behind each view, by node.
std::map<Id, Id> parameters_behind(const Graph& graph, const std::vector<Id>& nodes,
                                   const Parameters<double>& parameters) {
  std::map<Id, Id> found;
  for (const auto& slice : parameters.slices())
    if (graph.has(slice.name)) found[graph.names().find(slice.name)->second] = graph.names().find(slice.name)->second;
  for (const Id id : nodes)
    if (const Node& node = graph.node(id); shows_its_input(node) && found.contains(node.in[0]))
      found[id] = found[node.in[0]];
  return found;
}

// How often something else than a view reads each parameter.
std::map<Id, int> uses(const Graph& graph, const std::vector<Id>& nodes, const std::map<Id, Id>& parameter) {
  std::map<Id, int> count;
  for (const Id id : nodes)
    for (const Id in : graph.node(id).in)
      if (in >= 0 && parameter.contains(in) && !parameter.contains(id)) ++count[parameter.at(in)];
  return count;
}

}  // namespace

std::map<Id, ParameterView> parameter_views(Graph& graph, const std::vector<Id>& nodes,
                                            const Parameters<double>& parameters) {
  const std::map<Id, Id> parameter = parameters_behind(graph, nodes, parameters);
  const std::map<Id, int> count = uses(graph, nodes, parameter);
  Parameters<double> places = parameters;  // its numbers are their own places, and views show them
  std::iota(places.flat().begin(), places.flat().end(), 0.0);
  std::map<Id, ParameterView> views;
  std::vector<Var> fetched;
  for (const Id id : nodes)
    if (parameter.contains(id)) fetched.push_back({&graph, id});
  if (fetched.empty()) return views;
  Program<double> program(graph, {.fetch = fetched, .fuse = false}, places.bindings(graph));
  program.run();
  for (const Var v : fetched) {
    const std::span<const double> shown = program.view(v);
    const auto times = count.find(parameter.at(v.id));
    views[v.id] = {{shown.begin(), shown.end()}, times != count.end() && times->second > 1};
  }
  return views;
}

}  // namespace basin::interp
