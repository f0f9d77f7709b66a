#include "interp/basis/folded.h"

#include <fmt/format.h>

#include "autodiff/op.h"
#include "core/lapack.h"
#include "interp/basis/carry.h"

namespace basin::interp {
namespace {

// The dense layer that `id` is the pre-activation of, straight from the value `from`.
const Node* dense_from(const Graph& graph, Id id, Id from) {
  const Node& n = graph.node(id);
  const bool plain_matmul = n.op->name == "matmul" && n.attr.ints[0] == 0 && n.attr.ints[1] == 0;
  return (n.op->name == "dense" || plain_matmul) && n.in[0] == from ? &n : nullptr;
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

std::optional<DenseSection> dense_section(Graph& graph, const Parameters<double>& parameters, Id from, Id to,
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

Var joined(Var value, Var constant) { return concat({value, constant}, -1); }

}  // namespace

Var DenseSection::activate(Var p) const {
  if (!activation) return p;
  if (constant_through) return unary(*activation, p);
  const std::int64_t d = p.shape().back();
  return joined(unary(*activation, slice(p, -1, 0, d - 1)), slice(p, -1, d - 1, d));
}

FoldedModel::FoldedModel(ModelPoint model, std::vector<NodeLayer> layers, std::vector<Matrix> coordinates)
    : model_(std::move(model)), layers_(std::move(layers)) {
  if (layers_.size() < 2) throw UsageError(fmt::format("node layers: {} given, wanted two or more", layers_.size()));
  Graph graph;
  model_.trace(graph, 2);
  for (const NodeLayer& layer : layers_) {
    const Var v = graph[layer.value];
    if (v.shape().rank() != 2 || v.shape()[0] != 2)
      throw UsageError("node layers: " + graph.describe(v.id) + " traced for 2 rows, wanted [2, d]");
    widths_.push_back(v.shape()[1] + (widths_.size() + 1 < layers_.size()));
  }
  set_coordinates(std::move(coordinates));
  for (std::int64_t l = 0; l < sections(); ++l) {
    const Id from = graph[layers_[l].value].id, to = graph[layers_[l + 1].value].id;
    if (from >= to)
      throw UsageError("node layers: " + graph.describe(to) + " is computed before " + graph.describe(from));
    const bool plain = in_[l].size() == 0 && in_[l + 1].size() == 0;
    dense_.push_back(plain ? dense_section(graph, model_.parameters, from, to, has_constant(l + 1)) : std::nullopt);
    section(graph, l, node(graph, l));  // refuses what it has no rule for
  }
}

void FoldedModel::set_coordinates(std::vector<Matrix> coordinates) {
  in_ = std::move(coordinates);
  in_.resize(std::max(in_.size(), layers_.size()));
  out_.resize(layers_.size());
  for (std::size_t l = 0; l < in_.size(); ++l) {
    const std::int64_t d = l < layers_.size() ? widths_[l] - has_constant(std::int64_t(l)) : 0;
    if (in_[l].size() == 0) continue;
    if (!(in_[l].shape == Shape{d, d}))
      throw ShapeError(fmt::format("node layers: coordinates {} given for node layer {}, wanted {}", in_[l].shape.str(),
                                   l, Shape{d, d}.str()));
    out_[l] = solve(in_[l], identity(d));
  }
}

Var FoldedModel::value(Graph& graph, std::int64_t layer) const {
  const Var f = graph[layers_[layer].value];
  return in_[layer].size() ? matmul(f, graph.constant(in_[layer])) : f;
}

Var FoldedModel::node(Graph& graph, std::int64_t layer) const {
  const Var f = value(graph, layer);
  return has_constant(layer) ? joined(f, fill(graph, 1, {f.shape()[0], 1})) : f;
}

Var FoldedModel::section(Graph& graph, std::int64_t l, Var x) const {
  const std::int64_t d = x.shape().back();
  Carried at{slice(x, -1, 0, d - 1), slice(x, -1, d - 1, d)};
  if (out_[l].size()) at.value = matmul(at.value, graph.constant(out_[l]));
  Carried to = carry(graph, graph[layers_[l].value].id, graph[layers_[l + 1].value].id, at);
  if (in_[l + 1].size()) to.value = matmul(to.value, graph.constant(in_[l + 1]));
  return has_constant(l + 1) ? joined(to.value, to.constant) : to.value;
}

Var FoldedModel::through(Graph& graph, std::int64_t first, Var x) const {
  for (std::int64_t l = first; l < sections(); ++l) x = section(graph, l, x);
  return x;
}

Var FoldedModel::pre(Graph& graph, std::int64_t l, Var x) const { return matmul(x, graph.constant(dense_[l]->weight)); }

std::vector<NodeLayer> node_layers(const DenseNetwork& network) {
  std::vector<NodeLayer> layers;
  for (const DenseLayer& l : network.layers) layers.push_back({l.weight.substr(0, l.weight.rfind('.')), l.input});
  layers.push_back({"output", network.output});
  return layers;
}

}  // namespace basin::interp
