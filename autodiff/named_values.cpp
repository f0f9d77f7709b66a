#include "autodiff/named_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "autodiff/op.h"

namespace basin {
namespace {

// Lengths are a + b n: two traces with neighbouring numbers of rows say what a and b are.
constexpr std::int64_t few = 2, more = few + 1;

std::string length(std::int64_t at_few, std::int64_t at_more) {
  const std::int64_t each = at_more - at_few, fixed = at_few - few * each;
  if (each == 0) return std::to_string(fixed);
  return (each == 1 ? "" : std::to_string(each)) + "n" + (fixed == 0 ? "" : fmt::format("{:+}", fixed));
}

std::string shape_for_n(const Shape& at_few, const Shape& at_more) {
  std::vector<std::string> lengths;
  for (int axis = 0; axis < at_few.rank(); ++axis) lengths.push_back(length(at_few[axis], at_more[axis]));
  return fmt::format("[{}]", fmt::join(lengths, ","));
}

std::vector<bool> used_values(const Graph& graph) {
  std::vector<bool> used(std::size_t(graph.size()), false);
  for (Id id = 0; id < graph.size(); ++id)
    for (int i = 0; i < graph.node(id).arity(); ++i) used[std::size_t(graph.node(id).in[std::size_t(i)])] = true;
  return used;
}

ValueRole role_of(const Graph& graph, Id id, bool used, const std::set<std::string>& parameters) {
  if (is_input(graph.node(id))) return parameters.contains(graph.name_of(id)) ? ValueRole::parameter : ValueRole::input;
  return used ? ValueRole::inner : ValueRole::end;
}

}  // namespace

std::string_view name_of(ValueRole role) {
  switch (role) {
    case ValueRole::input: return "input";
    case ValueRole::parameter: return "parameter";
    case ValueRole::inner: return "inner";
    case ValueRole::end: break;
  }
  return "end";
}

std::vector<NamedValue> named_values(const Model& model) {
  Graph graph, longer;
  model.trace(graph, few);
  model.trace(longer, more);
  const std::vector<bool> used = used_values(graph);
  std::set<std::string> parameters;
  for (const ParameterInfo& info : graph.parameters()) parameters.insert(info.name);
  std::vector<std::pair<Id, std::string>> in_order;
  for (const auto& [name, id] : graph.names()) in_order.emplace_back(id, name);
  std::ranges::sort(in_order);
  std::vector<NamedValue> values;
  for (const auto& [id, name] : in_order)
    values.push_back({name, shape_for_n(graph.node(id).shape, longer[name].shape()),
                      role_of(graph, id, used[std::size_t(id)], parameters)});
  return values;
}

}  // namespace basin
