#include "interp/modules/planted_modules.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {

PlantedModules unequal_modules(Rng& rng) {
  const auto decades = [&](double lo, double hi) { return std::pow(10.0, rng.uniform(lo, hi)); };
  return planted_modules(3, 8, 2, [&](std::int64_t a, std::int64_t b) {
    if (a != b) return decades(-10, -8);
    return a == 0 ? decades(-1, 1) : decades(-5, -3);
  });
}

PlantedModules even_modules(Rng& rng) {
  return planted_modules(3, 24, 3, [&](std::int64_t a, std::int64_t b) {
    const bool edge = rng.uniform() < (a == b ? 0.9 : 0.05);
    return edge ? rng.uniform(1, 3) : 0.0;
  });
}

LayeredGraph graph_without_modules(const std::vector<std::int64_t>& layer_sizes, Rng& rng) {
  LayeredGraph graph{.layer_sizes = layer_sizes, .edges = {}};
  for (std::size_t pair = 0; pair + 1 < layer_sizes.size(); ++pair) {
    std::vector<double> u(layer_sizes[pair + 1]), v(layer_sizes[pair]);
    rng.fill_uniform(std::span<double>(u), -2, 1);
    rng.fill_uniform(std::span<double>(v), -1, 1);
    Matrix& e = graph.edges.emplace_back(Shape{std::ssize(u), std::ssize(v)});
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j) {
        const double odds = std::exp(u[i] + v[j]);
        e(i, j) = rng.uniform() < odds / (1 + odds) ? rng.uniform(1, 3) : 0.0;
      }
  }
  return graph;
}

LayeredGraph network_graph_without_modules(const std::vector<std::int64_t>& layer_sizes, double node_scale,
                                           double cutoff, Rng& rng) {
  const auto factors = [&](std::int64_t nodes) {
    std::vector<double> f(nodes);
    for (double& v : f) v = std::exp(node_scale * rng.normal());
    return f;
  };
  LayeredGraph graph{.layer_sizes = layer_sizes, .edges = {}};
  std::vector<double> cutoffs;
  for (std::size_t pair = 0; pair + 1 < layer_sizes.size(); ++pair) {
    const std::vector<double> a = factors(layer_sizes[pair + 1]), b = factors(layer_sizes[pair]);
    Matrix& e = graph.edges.emplace_back(Shape{std::ssize(a), std::ssize(b)});
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j) e(i, j) = a[i] * b[j] * std::abs(rng.normal());
    cutoffs.push_back(cutoff * std::ranges::max(e.data));
  }
  return log_weights(graph, cutoffs);
}

}  // namespace basin::interp
