#include "interp/basis/carry.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "autodiff/op.h"
#include "interp/basis/carry_shapes.h"

namespace basin::interp {
namespace {

constexpr std::string_view activations[] = {"relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "softplus"};
// What makes of a value something that no bias reaches, entry by entry or along the last axis.
constexpr std::string_view unbiased[] = {"square", "sqrt", "rsqrt",   "recip",       "exp",         "log", "abs",
                                         "rstd",   "sum",  "softmax", "log_softmax", "log_sum_exp", "max"};

bool among(std::span<const std::string_view> names, const Op& op) { return std::ranges::count(names, op.name) > 0; }

double gelu_at(double x) { return x * std::erfc(-x / std::numbers::sqrt2) / 2; }
double gelu_tanh_at(double x) {
  return x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))) / 2;
}

// Where a function that grows from below 1 at 1 to above it at 2 is 1.
double where_one(double (*f)(double)) {
  double low = 1, high = 2;
  for (int halving = 0; halving < 60; ++halving) (f((low + high) / 2) < 1 ? low : high) = (low + high) / 2;
  return (low + high) / 2;
}

class Carrier {
 public:
  Carrier(Graph& graph, const std::vector<Id>& from, const std::vector<Carried>& given) : graph_(graph), from_(from) {
    for (const ParameterInfo& p : graph.parameters()) fixed_[graph.names().at(p.name)] = true;
    for (std::size_t i = 0; i < from.size(); ++i) carried_[from[i]] = given[i];
  }

  Carried to(Id to) {
    for (Id id = done_ + 1; id <= to; ++id)
      if (!carried_.contains(id) && depends(id)) carried_[id] = at(id);
    done_ = std::max(done_, to);
    if (!carried_.contains(to)) refuse(to, "does not depend on " + graph_.describe(from_.front()));
    return carried_[to];
  }

 private:
  bool depends(Id id) const {
    const Node& n = graph_.node(id);
    return std::any_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return carried_.contains(in); });
  }

  // Parameters and constants, and what is computed from these alone.
  bool is_fixed(Id id) {
    if (const auto known = fixed_.find(id); known != fixed_.end()) return known->second;
    const Node& n = graph_.node(id);
    const bool fixed = n.arity() == 0
                           ? !is_input(n)
                           : std::all_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return is_fixed(in); });
    return fixed_[id] = fixed;
  }

  [[noreturn]] void refuse(Id id, const std::string& why) const {
    throw UsageError("node layers: " + graph_.describe(id) + " " + why +
                     "; help: choose node layers between which there are dense layers, attention, normalisation, "
                     "biases and activations");
  }

  Carried at(Id id) {
    const Node& n = graph_.node(id);
    std::array<Var, Node::max_inputs> values;
    for (int i = 0; i < n.arity(); ++i) {
      const Id in = n.in[std::size_t(i)];
      if (!carried_.contains(in) && !is_fixed(in))
        refuse(id,
               "depends on the data through " + graph_.describe(in) + " too, past " + graph_.describe(from_.front()));
      values[std::size_t(i)] = carried_.contains(in) ? carried_[in].value : Var{&graph_, in};
    }
    if (is_activation(*n.op)) return activated(*n.op, carried_[n.in[0]]);
    if (n.op->name == "dense") return plus(product(n, matmul(values[0], values[1])), n.in[2]);
    if (n.op->name == "matmul") return product(n, matmul(values[0], values[1], n.attr.ints[0], n.attr.ints[1]));
    if (n.op->name == "add" || n.op->name == "sub") return sum_of(n, values);
    const Var value = graph_.emit(*n.op, std::span(values.data(), std::size_t(n.arity())), n.shape, n.attr);
    if (among(unbiased, *n.op)) return {value};
    if (const auto constant = moved(n)) return {value, *constant};
    refuse(id, "has no rule for the constant");
  }

  // The constant behind what moves or scales numbers.
  std::optional<Var> moved(const Node& n) {
    const std::string_view name = n.op->name;
    const auto constant = [&](int i) { return carried_.contains(n.in[i]) ? carried_[n.in[i]].constant : Var{}; };
    const Shape& in = graph_.node(n.in[0]).shape;
    if (name == "neg" || name == "alias" || name == "layer_norm" || name == "stop_gradient") return constant(0);
    if (name == "reshape") return reshaped(constant(0), in, n.shape);
    if (name == "view") return viewed(constant(0), in, n);
    if (name == "where" && is_fixed(n.in[0])) return constant(carried_.contains(n.in[1]) ? 1 : 2);
    if (name == "mul") return constant(0) && constant(1) ? Var{} : constant(0) ? constant(0) : constant(1);
    if (name == "div") return constant(1) ? Var{} : constant(0);
    return {};
  }

  // A product with weights keeps the constant. A mean over keys, pattern times values, takes that of theirs.
  Carried product(const Node& n, Var value) {
    const bool left = carried_.contains(n.in[0]), right = carried_.contains(n.in[1]);
    if (left && !right) return {value, carried_[n.in[0]].constant};
    const Var constant = carried_[n.in[1]].constant;
    if (!constant || n.attr.ints[1] || (left && carried_[n.in[0]].constant)) return {value};
    const Var weights = left ? carried_[n.in[0]].value : Var{&graph_, n.in[0]};
    return {value, matmul(weights, along_rows(constant, graph_.node(n.in[1]).shape), n.attr.ints[0])};
  }

  Carried plus(const Carried& x, Id bias) {
    const Var b{&graph_, bias};
    return {x.value + (x.constant ? x.constant * b : b), x.constant};
  }

  Carried sum_of(const Node& n, const std::array<Var, Node::max_inputs>& values) {
    const bool minus = n.op->name == "sub", left = carried_.contains(n.in[0]), right = carried_.contains(n.in[1]);
    if (left && right) {
      const Var first = carried_[std::min(n.in[0], n.in[1])].constant;
      const Var value = minus ? values[0] - values[1] : values[0] + values[1];
      return {value, first ? first : carried_[std::max(n.in[0], n.in[1])].constant};
    }
    const Carried& x = carried_[n.in[left ? 0 : 1]];
    const Var fixed = values[left ? 1 : 0], bias = x.constant ? x.constant * fixed : fixed;
    if (!minus) return {x.value + bias, x.constant};
    return {left ? x.value - bias : bias - x.value, x.constant};
  }

  Carried activated(const Op& op, const Carried& x) {
    const double r = constant_preactivation(op);
    return {unary(op, x.value), r > 0 && x.constant ? unary(op, r * x.constant) : x.constant};
  }

  Graph& graph_;
  std::vector<Id> from_;
  std::map<Id, bool> fixed_;
  std::map<Id, Carried> carried_;
  Id done_ = -1;
};

}  // namespace

bool is_activation(const Op& op) { return among(activations, op); }

double constant_preactivation(const Op& activation) {
  static const double at_gelu = where_one(gelu_at), at_gelu_tanh = where_one(gelu_tanh_at);
  if (activation.name == "relu") return 1;
  if (activation.name == "gelu") return at_gelu;
  if (activation.name == "gelu_tanh") return at_gelu_tanh;
  return 0;
}

std::vector<Carried> carry(Graph& graph, const std::vector<Id>& from, const std::vector<Carried>& given,
                           const std::vector<Id>& to) {
  Carrier carrier(graph, from, given);
  std::vector<Carried> all;
  for (const Id id : to) all.push_back(carrier.to(id));
  return all;
}

}  // namespace basin::interp
