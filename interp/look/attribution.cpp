#include "interp/look/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

using Names = std::vector<std::string>;

void require_rows_first(const std::string& name, const Shape& shape, std::int64_t rows) {
  if (shape.rank() == 0 || shape[0] != rows)
    throw ShapeError(
        fmt::format("attribution: '{}' has shape {} for {} rows; wanted [rows, …]", name, shape.str(), rows));
}

// Numbers of the rows [first, first + rows) in a tensor of all.
std::span<double> rows_in(Tensor<double>& all, const Chunk& chunk) {
  const std::int64_t own = all.size() / all.shape[0];
  return std::span(all.data).subspan(std::size_t(chunk.first * own), std::size_t(chunk.rows * own));
}

// Visits what `derive` gives with m in front, m [samples] gathered.
std::vector<double> sweep_metric(const ModelPoint& model, const Inputs& data, const RowMetric& metric,
                                 const std::function<std::vector<Var>(Graph&, Var m)>& derive,
                                 const SweepOptions& options, const Visit& visit) {
  std::vector<double> all(std::size_t(plan_sweep(data, options).samples));
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    const std::int64_t rows = graph[data.begin()->first].shape()[0];
    const Var m = traced_metric(graph, metric, rows);
    std::vector<Var> values = derive(graph, m);
    values.insert(values.begin(), m);
    return values;
  };
  sweep(model, data, spec, options, [&](const Chunk& chunk) {
    std::ranges::copy(chunk.values[0], all.begin() + chunk.first);
    visit(chunk);
  });
  return all;
}

std::vector<Var> values_named(Graph& graph, const Names& names, std::int64_t rows) {
  std::vector<Var> all;
  for (const std::string& name : names) {
    require_rows_first(name, graph[name].shape(), rows);
    all.push_back(graph[name]);
  }
  return all;
}

// The values of one run, and its m.
std::vector<double> gather(const ModelPoint& model, const Inputs& data, const RowMetric& metric, const Names& names,
                           const SweepOptions& options, std::vector<Attribution>& into) {
  const auto derive = [&](Graph& graph, Var m) { return values_named(graph, names, m.shape()[0]); };
  return sweep_metric(model, data, metric, derive, options, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < names.size(); ++i)
      std::ranges::copy(chunk.values[i + 1], rows_in(into[i].values, chunk).begin());
  });
}

// Makes of the values of another run sign (h - other) ∂m/∂h, h and the gradient those of this run; gives its m.
std::vector<double> times_gradient(const ModelPoint& model, const Inputs& data, const RowMetric& metric,
                                   const Names& names, const SweepOptions& options, double sign,
                                   std::vector<Attribution>& into) {
  const auto derive = [&](Graph& graph, Var m) {
    std::vector<Var> all = values_named(graph, names, m.shape()[0]);
    for (const Var h : all) values_between(h, m);
    const std::vector<Var> gradients = vjp({m}, {fill(graph, 1, m.shape())}, all);
    all.insert(all.end(), gradients.begin(), gradients.end());
    return all;
  };
  return sweep_metric(model, data, metric, derive, options, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto values = rows_in(into[i].values, chunk);
      const auto h = chunk.values[i + 1], g = chunk.values[i + 1 + names.size()];
      for (std::size_t k = 0; k < values.size(); ++k) values[k] = sign * (h[k] - values[k]) * g[k];
    }
  });
}

// Room for each name, zeros.
std::vector<Attribution> zeros(const ModelPoint& model, const Inputs& data, const Names& names) {
  if (names.empty()) throw UsageError("attribution: no names given; help: list the values to look at");
  const std::int64_t samples = rows_of(data, "attribution");
  Graph graph;
  model.trace(graph, samples);
  std::vector<Attribution> all;
  for (const Var h : values_named(graph, names, samples)) all.push_back({names[all.size()], Tensor<double>(h.shape())});
  return all;
}

}  // namespace

std::vector<double> Attributions::residual(std::size_t i) const {
  const Tensor<double> sums = summed_but(at.at(i).values, {});
  std::vector<double> all;
  for (std::size_t r = 0; r < clean.size(); ++r)
    all.push_back(sums.data[r] - (clean[r] - (corrupt.empty() ? 0 : corrupt[r])));
  return all;
}

Attributions attribution_patching(const ModelPoint& model, const Inputs& clean, const Inputs& corrupt,
                                  const Names& names, const RowMetric& metric, GradientAt at,
                                  const SweepOptions& options) {
  if (rows_of(clean, "attribution") != rows_of(corrupt, "attribution"))
    throw DataError(
        fmt::format("attribution: {} clean rows and {} corrupt; help: give a corrupt row for each clean one",
                    rows_of(clean, "attribution"), rows_of(corrupt, "attribution")));
  Attributions all{zeros(model, clean, names), {}, {}};
  if (at == GradientAt::corrupt) {
    all.clean = gather(model, clean, metric, names, options, all.at);
    all.corrupt = times_gradient(model, corrupt, metric, names, options, -1, all.at);
  } else {
    all.corrupt = gather(model, corrupt, metric, names, options, all.at);
    all.clean = times_gradient(model, clean, metric, names, options, 1, all.at);
  }
  return all;
}

Attributions gradient_times_activation(const ModelPoint& model, const Inputs& data, const Names& names,
                                       const RowMetric& metric, const SweepOptions& options) {
  Attributions all{zeros(model, data, names), {}, {}};
  all.clean = times_gradient(model, data, metric, names, options, 1, all.at);
  return all;
}

PathIntegral integrated_attribution_patching(const ModelPoint& model, const Inputs& clean, const Inputs& corrupt,
                                             const std::string& name, const RowMetric& metric, int points,
                                             const SweepOptions& options) {
  return integrate(model, corrupt, path_from_other(model, clean, corrupt, name, options), metric, points, options);
}

Tensor<double> summed_but(const Tensor<double>& values, const std::vector<int>& kept) {
  Shape shape{values.shape[0]};
  std::vector<std::int64_t> step(std::size_t(values.shape.rank()), 0);  // of each axis in what is kept
  std::vector<char> keep(std::size_t(values.shape.rank()), 0);
  for (const int axis : kept) {
    if (axis < 0 || axis + 1 >= values.shape.rank() || keep[std::size_t(axis + 1)])
      throw UsageError(fmt::format("sum: axis {} behind the rows of {} is not there, or was named before", axis,
                                   values.shape.str()));
    keep[std::size_t(axis + 1)] = 1;
  }
  keep[0] = 1;
  for (int axis = 1; axis < values.shape.rank(); ++axis)
    if (keep[std::size_t(axis)]) shape.push_back(values.shape[axis]);
  std::int64_t stride = 1;
  for (int axis = values.shape.rank() - 1; axis >= 0; --axis)
    if (keep[std::size_t(axis)]) step[std::size_t(axis)] = stride, stride *= values.shape[axis];
  Tensor<double> sums(shape);
  for (std::int64_t i = 0; i < values.size(); ++i) {
    std::int64_t place = 0, rest = i;
    for (int axis = values.shape.rank() - 1; axis >= 0; --axis) {
      place += rest % values.shape[axis] * step[std::size_t(axis)];
      rest /= values.shape[axis];
    }
    sums[place] += values[i];
  }
  return sums;
}

}  // namespace basin::interp
