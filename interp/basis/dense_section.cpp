#include "interp/basis/dense_section.h"

#include <algorithm>

#include "autodiff/op.h"
#include "core/lapack.h"
#include "interp/basis/carry.h"

namespace basin::interp {
namespace {

// The same numbers under other axes.
Id behind_reshapes(const Graph& graph, Id id) {
  while (graph.node(id).op->name == "reshape") id = graph.node(id).in[0];
  return id;
}

// The dense layer that `id` is the pre-activation of, straight from the value `from`.
const Node* dense_from(const Graph& graph, Id id, Id from) {
  const Node& n = graph.node(id);
  const bool plain_matmul = n.op->name == "matmul" && n.attr.ints[0] == 0 && n.attr.ints[1] == 0;
  const bool reads = n.arity() > 0 && (n.in[0] == from ||
                                       (graph.node(n.in[0]).op->name == "alias" && graph.node(n.in[0]).in[0] == from));
  return (n.op->name == "dense" || plain_matmul) && reads ? &n : nullptr;
}

// W~ from the parameters; `r`: where the activation of the constant is 1, 1 if it has none.
Matrix folded_weight(const Matrix& weight, std::span<const double> bias, bool constant, double r) {
  const std::int64_t in = weight.rows(), out = weight.cols();
  Matrix all({in + 1, out + constant});
  for (std::int64_t i = 0; i < in; ++i) std::ranges::copy(weight.row(i), all.row(i).begin());
  std::ranges::copy(bias, all.row(in).begin());
  if (constant) all(in, out) = r;
  return all;
}

std::optional<DenseSection> dense_between(Graph& graph, const Parameters<double>& parameters, Id from, Id to,
                                          bool constant) {
  DenseSection section;
  const Node* dense = dense_from(graph, to, from);
  if (!dense && is_activation(*graph.node(to).op)) {
    section.activation = graph.node(to).op;
    dense = dense_from(graph, graph.node(to).in[0], from);
  }
  if (!dense) return {};
  std::vector<std::string> names;
  for (const auto& slice : parameters.slices()) names.push_back(slice.name);
  const auto parameter = [&](Id id) -> std::string {
    for (const std::string& name : names)
      if (graph.names().at(name) == id) return name;
    return "";
  };
  const std::string weight = parameter(dense->in[1]), bias = dense->arity() == 3 ? parameter(dense->in[2]) : "";
  if (weight.empty() || (dense->arity() == 3 && bias.empty())) return {};
  const double r = section.activation ? constant_preactivation(*section.activation) : 1;
  section.constant_through = r > 0 || !constant;
  const std::vector<double> b = bias.empty() ? std::vector<double>{} : parameters.tensor(bias).data;
  section.weight = folded_weight(parameters.tensor(weight), b, constant, r > 0 ? r : 1);
  return section;
}

// Read out by V~ with its bias as the constant's row, and past it the identity.
void read_out(DenseSection& section, const Matrix& weight, std::span<const double> bias, bool constant) {
  const std::int64_t d = weight.cols();
  section.out = Matrix({weight.rows() + 1, d + constant});
  section.skip = Matrix({d + 1, d + constant});
  for (std::int64_t i = 0; i < weight.rows(); ++i) std::ranges::copy(weight.row(i), section.out.row(i).begin());
  std::ranges::copy(bias, section.out.row(weight.rows()).begin());
  for (std::int64_t i = 0; i < d + constant; ++i) section.skip(i, i) = 1;
}

std::optional<DenseSection> mlp_on_stream(const ModelPoint& model, Graph& graph, const std::string& from,
                                          const std::string& to, bool constant) {
  constexpr std::string_view entry = "hook_resid_mid";
  if (!from.ends_with(entry)) return {};
  const std::string block = from.substr(0, from.size() - entry.size());
  if (!graph.has(block + "mlp.hook_post") || graph[to].id != graph[block + "hook_resid_post"].id) return {};
  std::optional<DenseSection> section =
      dense_between(graph, model.parameters, graph[from].id, graph[block + "mlp.hook_post"].id, true);
  const Node& sum = graph.node(graph[to].id);
  const Id out = graph[block + "hook_mlp_out"].id;
  if (!section || sum.op->name != "add" || sum.in[0] != graph[from].id || sum.in[1] != out) return {};
  const Parameters<double>& p = model.parameters;
  const bool has_bias = graph.has(block + "mlp.b_out");
  read_out(*section, p.tensor(block + "mlp.W_out"),
           has_bias ? p.tensor(block + "mlp.b_out").data : std::vector<double>{}, constant);
  return section;
}

}  // namespace

Var DenseSection::activate(Var p) const {
  if (!activation) return p;
  if (constant_through) return unary(*activation, p);
  const std::int64_t d = p.shape().back();
  return concat({unary(*activation, slice(p, -1, 0, d - 1)), slice(p, -1, d - 1, d)}, -1);
}

Matrix DenseSection::behind(const Matrix& target) const { return reads_out() ? matmul(out, target) : target; }

std::optional<DenseSection> dense_section(const ModelPoint& model, Graph& graph, const std::string& from,
                                          const std::string& to, bool constant) {
  const Id end = behind_reshapes(graph, graph[to].id);
  if (auto dense = dense_between(graph, model.parameters, graph[from].id, end, constant)) return dense;
  return mlp_on_stream(model, graph, from, to, constant);
}

}  // namespace basin::interp
