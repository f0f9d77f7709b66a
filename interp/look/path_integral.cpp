#include "interp/look/path_integral.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/gauss_legendre.h"
#include "core/statistics.h"

namespace basin::interp {
namespace {

const std::string from_name = "path.from", to_name = "path.to";

// h at these α: [points, rows, …].
Var points_on(Var from, Var to, const std::vector<double>& alpha) {
  Shape column{std::int64_t(alpha.size())};
  for (int i = 0; i < from.shape().rank(); ++i) column.push_back(1);
  return from + from.graph->constant(Tensor<double>(column, alpha)) * (to - from);
}

// The attributions [rows, …], and m at both ends, [2, rows].
std::vector<Var> integral(Var h, Var m, const GaussLegendre& rule) {
  Graph& graph = *h.graph;
  const Var from = graph.input(from_name, h.shape()), to = graph.input(to_name, h.shape());
  std::vector<double> alpha, weight;
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
    alpha.push_back((1 + rule.nodes[i]) / 2);
    weight.push_back(rule.weights[i] / 2);
  }
  const std::int64_t copies = std::int64_t(alpha.size());
  const Var points = points_on(from, to, alpha);
  const Var seeds = expand(graph.constant(Tensor<double>({copies, 1}, weight)), Shape{copies} + m.shape());
  const Var gradients = vjp(lift({m}, {h}, {points}), {seeds}, {points})[0];
  return {(to - from) * sum(gradients, {-(h.shape().rank() + 1)}), lift({m}, {h}, {points_on(from, to, {0, 1})})[0]};
}

void copy_rows(const Tensor<double>& all, std::int64_t first, std::span<double> to) {
  std::copy_n(all.data.begin() + first * (all.size() / all.shape[0]), to.size(), to.begin());
}

}  // namespace

double PathIntegral::largest_residual() const {
  double largest = 0;
  for (std::size_t r = 0; r < residual.size(); ++r)
    largest = worse(largest, std::abs(residual[r]) / (1 + std::abs(before[r]) + std::abs(after[r])));
  return largest;
}

PathIntegral integrate(const ModelPoint& model, const Inputs& data, const Path& path, const RowMetric& metric,
                       int points, const SweepOptions& options) {
  const std::int64_t samples = rows_of(data, "path integral");
  const GaussLegendre rule = gauss_legendre(points);
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    const Var h = value_on(path, graph, model, samples);
    const Var m = traced_metric(graph, metric, h.shape()[0]);
    values_between(h, m);
    return integral(h, m, rule);
  };
  spec.made[from_name] = [&](std::int64_t first, std::span<double> to) { copy_rows(path.from, first, to); };
  spec.made[to_name] = [&](std::int64_t first, std::span<double> to) { copy_rows(path.to, first, to); };
  const std::vector<double> none(std::size_t(samples), 0.0);
  PathIntegral all{Tensor<double>(path.to.shape), none, none, none};
  const std::int64_t own = all.values.size() / samples;
  sweep(model, data, spec, options, [&](const Chunk& chunk) {
    std::ranges::copy(chunk.values[0], all.values.data.begin() + chunk.first * own);
    for (std::int64_t i = 0; i < chunk.rows; ++i) {
      const std::size_t r = std::size_t(chunk.first + i);
      const auto values = chunk.values[0].subspan(std::size_t(i * own), std::size_t(own));
      all.before[r] = chunk.values[1][std::size_t(i)];
      all.after[r] = chunk.values[1][std::size_t(chunk.rows + i)];
      all.residual[r] = std::accumulate(values.begin(), values.end(), 0.0) - (all.after[r] - all.before[r]);
    }
  });
  return all;
}

}  // namespace basin::interp
