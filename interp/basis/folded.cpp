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

// As a column beside the value.
Var constant_beside(const Carried& c, const std::string& layer) {
  if (!c.constant)
    throw UsageError("node layers: no biases reach " + layer + ", so it has no constant to carry on" +
                     "; help: it can be the last node layer, or stand beside a value that has one");
  return expand(c.constant, with_last(c.value.shape(), 1));
}

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
  for (std::int64_t l = 0; l <= sections(); ++l) measure(graph, l);
  set_coordinates(std::move(coordinates));
  for (std::int64_t l = 0; l < sections(); ++l) {
    const Id from = graph[layers_[l].value].id, to = graph[layers_[l + 1].value].id;
    const bool single = layers_[l].beside.empty() && layers_[l + 1].beside.empty();
    if (single && from >= to)
      throw UsageError("node layers: " + graph.describe(to) + " is computed before " + graph.describe(from));
    const bool plain = single && in_[l].size() == 0 && in_[l + 1].size() == 0;
    dense_.push_back(plain ? dense_section(graph, model_.parameters, from, to, has_constant(l + 1)) : std::nullopt);
    section(graph, l, node(graph, l));  // refuses what it has no rule for
  }
}

std::vector<Var> FoldedModel::values_of(Graph& graph, std::int64_t layer) const {
  std::vector<Var> values{graph[layers_[layer].value]};
  for (const std::string& name : layers_[layer].beside) values.push_back(graph[name]);
  return values;
}

void FoldedModel::measure(Graph& graph, std::int64_t layer) {
  std::int64_t width = 0, positions = 0;
  for (const Var v : values_of(graph, layer)) {
    const Shape& shape = v.shape();
    const std::int64_t here = shape.rank() == 3 ? shape[1] : 1;
    if (shape.rank() < 2 || shape.rank() > 3 || shape[0] != 2 || (positions > 0 && here != positions))
      throw UsageError(
          "node layers: " + graph.describe(v.id) +
          " traced for 2 rows, wanted [2, d] or [2, positions, d], with the positions of what is beside it");
    positions = here;
    width += shape.back() + has_constant(layer);
  }
  widths_.push_back(width);
  positions_.push_back(positions);
}

void FoldedModel::set_coordinates(std::vector<Matrix> coordinates) {
  in_ = std::move(coordinates);
  in_.resize(std::max(in_.size(), layers_.size()));
  out_.resize(layers_.size());
  for (std::size_t l = 0; l < in_.size(); ++l) {
    const std::int64_t d = l < layers_.size() ? widths_[l] - has_constant(std::int64_t(l)) : 0;
    if (in_[l].size() == 0) continue;
    if (l < layers_.size() && !layers_[l].beside.empty())
      throw UsageError("node layers: coordinates given for " + layers_[l].name + ", which is several values");
    if (!(in_[l].shape == Shape{d, d}))
      throw ShapeError(fmt::format("node layers: coordinates {} given for node layer {}, wanted {}", in_[l].shape.str(),
                                   l, Shape{d, d}.str()));
    out_[l] = solve(in_[l], identity(d));
  }
}

Var FoldedModel::value(Graph& graph, std::int64_t layer) const {
  Var f;
  for (const Var v : values_of(graph, layer)) {
    if (!f)
      f = v;
    else
      f = concat({has_constant(layer) ? joined(f, fill(graph, 1, with_last(f.shape(), 1))) : f, v}, -1);
  }
  return in_[layer].size() ? matmul(f, graph.constant(in_[layer])) : f;
}

Var FoldedModel::node(Graph& graph, std::int64_t layer) const {
  const Var f = value(graph, layer);
  return has_constant(layer) ? joined(f, fill(graph, 1, with_last(f.shape(), 1))) : f;
}

Var FoldedModel::section(Graph& graph, std::int64_t l, Var x) const {
  if (out_[l].size()) {
    const std::int64_t d = x.shape().back() - 1;
    x = joined(matmul(slice(x, -1, 0, d), graph.constant(out_[l])), slice(x, -1, d, d + 1));
  }
  std::vector<Id> from, to;
  std::vector<Carried> given;
  std::int64_t at = 0;
  for (const Var v : values_of(graph, l)) {
    const std::int64_t end = at + v.shape().back();
    from.push_back(v.id);
    given.push_back({slice(x, -1, at, end), slice(x, -1, end, end + 1)});
    at = end + 1;
  }
  for (const Var v : values_of(graph, l + 1)) to.push_back(v.id);
  Var next;
  for (const Carried& c : carry(graph, from, given, to)) {
    Var value = in_[l + 1].size() ? matmul(c.value, graph.constant(in_[l + 1])) : c.value;
    if (has_constant(l + 1)) value = joined(value, constant_beside(c, layers_[l + 1].name));
    next = next ? concat({next, value}, -1) : value;
  }
  return next;
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
