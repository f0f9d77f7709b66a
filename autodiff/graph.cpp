#include "autodiff/graph.h"

#include <functional>

#include "autodiff/op.h"
#include "core/names.h"

namespace basin {
namespace {

const Op input_op{.name = "input"};
const Op constant_op{.name = "constant"};
const Op array_op{.name = "constant"};  // attr.ints = {which of the graph's arrays}

std::size_t hash_node(const Node& n) {
  std::size_t h = std::hash<const void*>{}(n.op);
  auto mix = [&](std::size_t v) { h = (h ^ v) * 0x9E3779B97F4A7C15ull + (h >> 29); };
  for (Id i : n.in) mix(std::size_t(i));
  for (std::int64_t d : n.shape) mix(std::size_t(d));
  for (std::int64_t i : n.attr.ints) mix(std::size_t(i));
  mix(std::hash<double>{}(n.attr.real));
  mix(std::size_t(n.attr.offset));
  return h;
}

std::string_view bytes_of(const std::vector<double>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)};
}

}  // namespace

void empty_handle(std::string_view who, const std::string& where) {
  throw NameError(std::string(who) + ": an empty handle was given" + where +
                  "; help: a Var{} stands for nothing, assign it first");
}

bool is_input(const Node& n) { return n.op == &input_op; }
bool is_constant(const Node& n) { return n.op == &constant_op; }
bool is_array(const Node& n) { return n.op == &array_op; }

const Shape& Var::shape() const {
  if (!graph || id < 0) empty_handle("shape");
  return graph->node(id).shape;
}

Var Graph::push(Node node) {
  nodes_.push_back(std::move(node));
  return {this, size() - 1};
}

Var Graph::input(std::string name, Shape shape) {
  if (has(name)) throw NameError("input: the name '" + name + "' is taken by " + describe(names_.find(name)->second));
  return this->name(anonymous_input(shape), std::move(name));
}

Var Graph::anonymous_input(Shape shape) { return push({.op = &input_op, .shape = shape, .attr = {}}); }

Var Graph::parameter(std::string name, Shape shape, Start start, ParameterTraits traits) {
  const Var v = input(name, shape);
  parameters_.push_back({std::move(name), shape, start, traits});
  return v;
}

std::vector<Var> Graph::parameter_values() {
  std::vector<Var> all;
  for (const ParameterInfo& p : parameters_) all.push_back((*this)[p.name]);
  return all;
}

Var Graph::constant(double value) { return emit(constant_op, {}, {}, {.real = value}); }

Var Graph::constant(Tensor<double> values) {
  if (values.shape.rank() == 0) return constant(values[0]);
  Node node{.op = &array_op, .shape = values.shape, .attr = {}};
  const std::size_t hash = hash_node(node) ^ std::hash<std::string_view>{}(bytes_of(values.data));
  const auto [first, last] = seen_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const Node& n = nodes_[it->second];
    if (is_array(n) && n.shape == node.shape && bytes_of(arrays_[n.attr.ints[0]]) == bytes_of(values.data))
      return {this, it->second};
  }
  node.attr.ints[0] = std::int64_t(arrays_.size());
  arrays_.push_back(std::move(values.data));
  return {this, seen_.emplace(hash, push(node).id)->second};
}

Var Graph::name(Var v, std::string name) {
  require_own(v, "name");
  auto [it, fresh] = names_.emplace(name, v.id);
  if (!fresh && it->second != v.id)
    throw NameError("name: '" + name + "' is taken by " + describe(it->second) + "; wanted for " + describe(v.id));
  first_name_.try_emplace(v.id, std::move(name));
  return v;
}

Var Graph::operator[](std::string_view name) {
  if (auto it = names_.find(name); it != names_.end()) return {this, it->second};
  std::vector<std::string> all;
  for (const auto& [key, id] : names_) all.push_back(key);
  std::string message = "graph: no value is named '" + std::string(name) + "'";
  if (!all.empty()) message += "; help: the nearest name is '" + nearest_name(name, all) + "'";
  throw NameError(message);
}

bool Graph::has(std::string_view name) const { return names_.find(name) != names_.end(); }

std::string Graph::name_of(Id id) const {
  auto it = first_name_.find(id);
  return it == first_name_.end() ? "%" + std::to_string(id) : it->second;
}

std::string Graph::describe(Id id) const {
  const Node& n = node(id);
  std::string what = is_constant(n) ? std::to_string(n.attr.real) : std::string(n.op->name);
  return "'" + name_of(id) + "' = " + what + " " + n.shape.str();
}

void Graph::require_own(Var v, std::string_view who) const {
  if (!v.graph || v.id < 0) empty_handle(who);
  if (v.graph != this) throw NameError(std::string(who) + ": " + v.graph->describe(v.id) + " belongs to another graph");
}

Var Graph::emit(const Op& op, std::span<const Var> in, Shape shape, const Attributes& attr) {
  if (op.name.empty())
    throw Error(
        "graph: an op was used before it was made; help: trace in functions, not where globals are initialised");
  require_values(op.name, in);
  Node node{.op = &op, .shape = shape, .attr = attr};
  std::size_t i = 0;
  for (Var v : in) {
    if (v.graph != this) throw ShapeError(std::string(op.name) + ": its inputs belong to different graphs");
    node.in[i++] = v.id;
  }
  std::size_t hash = hash_node(node);
  auto [first, last] = seen_.equal_range(hash);
  for (auto it = first; it != last; ++it)
    if (nodes_[it->second] == node) return {this, it->second};
  Var fresh = push(std::move(node));
  seen_.emplace(hash, fresh.id);
  return fresh;
}

}  // namespace basin
