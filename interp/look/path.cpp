#include "interp/look/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/op.h"

namespace basin::interp {
namespace {

bool takes_index(const Node& n) {
  static constexpr std::string_view ops[] = {"take_rows", "add_rows", "pick", "place", "cross_entropy"};
  return std::ranges::count(ops, n.op->name) > 0;
}

bool same_numbers(const Node& n) { return n.op->name == "reshape" || n.op->name == "alias" || is_view(n); }

// The numbers of `from`, as they are or in another order, must be no index of what leads to `to`.
void refuse_index(const Graph& graph, Id from, const std::vector<char>& between) {
  std::vector<char> same(between.size(), 0);
  same[from] = 1;
  for (Id id = from + 1; id < Id(between.size()); ++id) {
    const Node& n = graph.node(id);
    same[id] = between[id] && same_numbers(n) && same[n.in[0]];
    if (between[id] && takes_index(n) && same[n.in[1]])
      throw UsageError(
          fmt::format("look: {} is looked up as an index by {}, nothing lies between its numbers"
                      "; help: take a value behind it, such as hook_embed",
                      graph.describe(from), graph.describe(id)));
  }
}

Tensor<double> repeated(const Tensor<double>& row, std::int64_t samples) {
  Tensor<double> all{Shape{samples} + row.shape};
  for (std::int64_t i = 0; i < all.size(); ++i) all[i] = row[i % row.size()];
  return all;
}

Tensor<double> mean_row(const Tensor<double>& all) {
  Tensor<double> mean{all.shape.last(all.shape.rank() - 1)};
  for (std::int64_t i = 0; i < all.size(); ++i) mean[i % mean.size()] += all[i] / double(all.shape[0]);
  return mean;
}

void refuse_parameter(const ModelPoint& model, const std::string& name) {
  for (const auto& p : model.parameters.slices())
    if (p.name == name) throw UsageError(fmt::format("path: '{}' is a parameter, the same for all rows", name));
}

}  // namespace

Tensor<double> value_of_rows(const ModelPoint& model, const Inputs& data, const std::string& name,
                             const SweepOptions& options) {
  refuse_parameter(model, name);
  const std::int64_t samples = plan_sweep(data, options).samples;
  Graph graph;
  model.trace(graph, samples);
  const Shape shape = graph[name].shape();
  if (shape.rank() == 0 || shape[0] != samples)
    throw ShapeError(fmt::format("path: '{}' has shape {} for {} rows; wanted [rows, …]", name, shape.str(), samples));
  Tensor<double> all(shape);
  sweep(model, data, {.fetch = {name}}, options, [&](const Chunk& chunk) {
    std::ranges::copy(chunk.values[0], all.data.begin() + chunk.first * (all.size() / samples));
  });
  return all;
}

Path path_from_zero(const ModelPoint& model, const Inputs& data, const std::string& at, const SweepOptions& options) {
  Tensor<double> to = value_of_rows(model, data, at, options);
  return {at, Tensor<double>(to.shape), std::move(to)};
}

Path path_from_mean(const ModelPoint& model, const Inputs& data, const std::string& at, const SweepOptions& options) {
  Tensor<double> to = value_of_rows(model, data, at, options);
  return {at, repeated(mean_row(to), to.shape[0]), std::move(to)};
}

Path path_from_other(const ModelPoint& model, const Inputs& data, const Inputs& other, const std::string& at,
                     const SweepOptions& options) {
  if (rows_of(data, "path") != rows_of(other, "path"))
    throw DataError(fmt::format("path: {} rows of data and {} of those it begins at; help: give one for each row",
                                rows_of(data, "path"), rows_of(other, "path")));
  return {at, value_of_rows(model, other, at, options), value_of_rows(model, data, at, options)};
}

std::vector<char> values_between(Var from, Var to) {
  const Graph& graph = *from.graph;
  std::vector<char> follows(to.id + 1, 0), between(to.id + 1, 0);
  if (from.id <= to.id) follows[from.id] = 1;
  for (Id id = from.id + 1; id <= to.id; ++id)
    for (int i = 0; i < graph.node(id).arity(); ++i) follows[id] |= follows[graph.node(id).in[i]];
  if (!follows[to.id])
    throw UsageError(fmt::format("look: {} does not depend on {}", graph.describe(to.id), graph.describe(from.id)));
  between[to.id] = 1;
  for (Id id = to.id; id > from.id; --id)
    for (int i = 0; between[id] && i < graph.node(id).arity(); ++i)
      between[graph.node(id).in[i]] |= follows[graph.node(id).in[i]];
  refuse_index(graph, from.id, between);
  return between;
}

Var value_on(const Path& path, Graph& graph, const ModelPoint& model, std::int64_t samples) {
  refuse_parameter(model, path.at);
  const Var h = graph[path.at];
  const Shape wanted = Shape{samples} + h.shape().last(std::max(0, h.shape().rank() - 1));
  for (const Shape& given : {path.from.shape, path.to.shape})
    if (!(given == wanted))
      throw ShapeError(
          fmt::format("path: one end at {} has shape {}, wanted {}", graph.describe(h.id), given.str(), wanted.str()));
  return h;
}

}  // namespace basin::interp
