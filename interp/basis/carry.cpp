#include "interp/basis/carry.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "autodiff/op.h"

namespace basin::interp {
namespace {

constexpr std::string_view activations[] = {"relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "softplus"};

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
  Carrier(Graph& graph, Id from, const Carried& x) : graph_(graph), from_(from) {
    for (const ParameterInfo& p : graph.parameters()) parameters_.insert(graph.names().at(p.name));
    carried_[from] = x;
  }

  const Carried& to(Id to) {
    for (Id id = from_ + 1; id <= to; ++id)
      if (depends(id)) carried_[id] = at(id);
    if (!carried_.contains(to)) refuse(to, "does not depend on " + graph_.describe(from_));
    return carried_[to];
  }

 private:
  bool depends(Id id) const {
    const Node& n = graph_.node(id);
    return std::any_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return carried_.contains(in); });
  }

  // Parameters and constants, and what is computed from these alone.
  bool is_fixed(Id id) const {
    const Node& n = graph_.node(id);
    if (n.arity() == 0) return !is_input(n) || parameters_.contains(id);
    return std::all_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return is_fixed(in); });
  }

  [[noreturn]] void refuse(Id id, const std::string& why) const {
    throw UsageError("node layers: " + graph_.describe(id) + " " + why +
                     "; help: choose node layers between which there are dense layers, biases and activations");
  }

  Carried at(Id id) {
    const Node& n = graph_.node(id);
    for (int i = 0; i < n.arity(); ++i)
      if (!carried_.contains(n.in[i]) && !is_fixed(n.in[i]))
        refuse(id, "depends on the data through " + graph_.describe(n.in[i]) + " too, past " + graph_.describe(from_));
    const bool plain_matmul = n.op->name == "matmul" && n.attr.ints[0] == 0 && n.attr.ints[1] == 0;
    if ((n.op->name == "dense" || plain_matmul) && carried_.contains(n.in[0]) && is_fixed(n.in[1])) return dense_at(n);
    if (is_activation(*n.op)) return activated(*n.op, carried_[n.in[0]]);
    if (n.op->name == "add" && is_fixed(n.in[0])) return plus(carried_[n.in[1]], n.in[0]);
    if (n.op->name == "add" && is_fixed(n.in[1])) return plus(carried_[n.in[0]], n.in[1]);
    refuse(id, "has no rule for the constant");
  }

  Carried plus(const Carried& x, Id bias) { return {x.value + x.constant * Var{&graph_, bias}, x.constant}; }

  Carried dense_at(const Node& n) {
    const Carried x = carried_[n.in[0]], y{matmul(x.value, {&graph_, n.in[1]}), x.constant};
    return n.arity() == 3 ? plus(y, n.in[2]) : y;
  }

  Carried activated(const Op& op, const Carried& x) {
    const double r = constant_preactivation(op);
    return {unary(op, x.value), r > 0 ? unary(op, r * x.constant) : x.constant};
  }

  Graph& graph_;
  Id from_;
  std::set<Id> parameters_;
  std::map<Id, Carried> carried_;
};

}  // namespace

bool is_activation(const Op& op) { return std::ranges::count(activations, op.name) > 0; }

double constant_preactivation(const Op& activation) {
  static const double at_gelu = where_one(gelu_at), at_gelu_tanh = where_one(gelu_tanh_at);
  if (activation.name == "relu") return 1;
  if (activation.name == "gelu") return at_gelu;
  if (activation.name == "gelu_tanh") return at_gelu_tanh;
  return 0;
}

Carried carry(Graph& graph, Id from, Id to, const Carried& x) { return Carrier(graph, from, x).to(to); }

}  // namespace basin::interp
