#include "interp/basis/folded.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/op.h"
#include "core/lapack.h"
#include "core/rng.h"
#include "interp/basis/carry.h"

namespace basin::interp {
namespace {

Var joined(Var value, Var constant) { return concat({value, constant}, -1); }

// As a column beside the value.
Var constant_beside(const Carried& c, const std::string& layer) {
  if (!c.constant)
    throw UsageError("node layers: no biases reach " + layer + ", so it has no constant to carry on" +
                     "; help: it can be the last node layer, or stand beside a value that has one");
  return expand(c.constant, with_last(c.value.shape(), 1));
}

}  // namespace

FoldedModel::FoldedModel(ModelPoint model, std::vector<NodeLayer> layers, std::vector<Matrix> coordinates)
    : model_(std::move(model)), layers_(std::move(layers)) {
  if (layers_.size() < 2) throw UsageError(fmt::format("node layers: {} given, wanted two or more", layers_.size()));
  Graph graph;
  model_.trace(graph, 2);
  for (std::int64_t l = 0; l <= sections(); ++l) measure(graph, l);
  set_coordinates(std::move(coordinates));
  for (std::int64_t l = 0; l < sections(); ++l) {
    const Id from = graph[layers_[l].value].id, to = graph[layers_[l + 1].value].id;
    const auto is_single = [](const NodeLayer& layer) { return layer.beside.empty() && layer.apart.empty(); };
    const bool single = is_single(layers_[l]) && is_single(layers_[l + 1]);
    if (single && from >= to)
      throw UsageError("node layers: " + graph.describe(to) + " is computed before " + graph.describe(from));
    section(graph, l, node(graph, l));  // refuses what it has no rule for
    dense_.emplace_back();
    attention_.emplace_back();
    if (single && in_[l].size() == 0 && in_[l + 1].size() == 0) find_closed_form(graph, l);
  }
}

void FoldedModel::find_closed_form(Graph& graph, std::int64_t l) {
  const std::string &from = layers_[l].value, &to = layers_[l + 1].value;
  dense_[l] = dense_section(model_, graph, from, to, has_constant(l + 1));
  if (dense_[l]) return;
  std::optional<AttentionSection> found = attention_section(model_, graph, from, to, has_constant(l + 1));
  if (!found) return;
  const Var x = graph.anonymous_input(with_last(value(graph, l).shape(), width(l))), next = section(graph, l, x);
  Program<double> program(graph, {.fetch = {next}}, model_.parameters.bindings(graph));
  Rng(0, "basis/closed_form").fill_normal(program.input(x));
  program.run();
  for (const bool causal : {true, false}) {
    found->causal = causal;
    const Matrix guess = attention_output(*found, program.input(x));
    double apart = 0, size = 0;
    for (std::int64_t i = 0; i < guess.size(); ++i) {
      apart = std::max(apart, std::abs(guess[i] - program.view(next)[i]));
      size = std::max(size, std::abs(guess[i]));
    }
    if (apart <= 1e-9 * size) attention_[l] = found;
  }
}

std::vector<Var> FoldedModel::values_of(Graph& graph, std::int64_t layer) const {
  std::vector<Var> values{graph[layers_[layer].value]};
  for (const std::string& name : layers_[layer].beside) values.push_back(graph[name]);
  return values;
}

void FoldedModel::measure(Graph& graph, std::int64_t layer) {
  std::int64_t width = 0, positions = 0;
  std::vector<Var> values = values_of(graph, layer);
  if (has_apart(layer)) values.push_back(graph[layers_[layer].apart]);
  for (const Var v : values) {
    const Shape& shape = v.shape();
    const std::int64_t here = shape.rank() == 3 ? shape[1] : 1;
    if (shape.rank() < 2 || shape.rank() > 3 || shape[0] != 2 || (positions > 0 && here != positions))
      throw UsageError(
          "node layers: " + graph.describe(v.id) +
          " traced for 2 rows, wanted [2, d] or [2, positions, d], with the positions of what is beside it");
    const bool apart = v == values.back() && has_apart(layer);
    if (apart && shape.back() != 1)
      throw UsageError("node layers: " + graph.describe(v.id) + " stands apart, wanted a last axis of 1");
    positions = here;
    width += shape.back() + (has_constant(layer) && !apart);
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
    if (l < layers_.size() && !(layers_[l].beside.empty() && layers_[l].apart.empty()))
      throw UsageError("node layers: coordinates given for " + layers_[l].name + ", which is several values");
    if (!(in_[l].shape == Shape{d, d}))
      throw ShapeError(fmt::format("node layers: coordinates {} given for node layer {}, wanted {}", in_[l].shape.str(),
                                   l, Shape{d, d}.str()));
    out_[l] = solve(in_[l], identity(d));
  }
}

Var FoldedModel::value(Graph& graph, std::int64_t layer) const {
  const std::vector<Var> values = values_of(graph, layer);
  Var f = has_apart(layer) ? joined(graph[layers_[layer].apart], values[0]) : values[0];
  for (std::size_t i = 1; i < values.size(); ++i)
    f = concat({has_constant(layer) ? joined(f, fill(graph, 1, with_last(f.shape(), 1))) : f, values[i]}, -1);
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
  if (has_apart(l)) {
    from.push_back(graph[layers_[l].apart].id);
    given.push_back({slice(x, -1, 0, 1)});
    at = 1;
  }
  for (const Var v : values_of(graph, l)) {
    const std::int64_t end = at + v.shape().back();
    from.push_back(v.id);
    given.push_back({slice(x, -1, at, end), slice(x, -1, end, end + 1)});
    at = end + 1;
  }
  for (const Var v : values_of(graph, l + 1)) to.push_back(v.id);
  Var next;
  if (has_apart(l + 1)) next = carry(graph, from, given, {graph[layers_[l + 1].apart].id}).front().value;
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
