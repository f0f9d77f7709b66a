#include "interp/modules/layered_graph.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "interp/layers/factors.h"

namespace basin::interp {
namespace {

void validate_pair(const LayeredGraph& graph, std::size_t pair, const std::string& where) {
  const Matrix& e = graph.edges[pair];
  const Shape wanted{graph.layer_sizes[pair + 1], graph.layer_sizes[pair]};
  if (!(e.shape == wanted))
    throw ShapeError(fmt::format("{}: edges from layer {} to {} have shape {}; wanted {}, [to, from]", where, pair,
                                 pair + 1, e.shape.str(), wanted.str()));
  for (std::int64_t i = 0; i < e.rows(); ++i)
    for (std::int64_t j = 0; j < e.cols(); ++j) {
      const std::string entry =
          e(i, j) >= 0 && std::isfinite(e(i, j))
              ? ""
              : fmt::format("{}: the edge from node {} of layer {} to node {} of layer {} weighs {}", where, j, pair, i,
                            pair + 1, e(i, j));
      if (entry.empty()) continue;
      if (!std::isfinite(e(i, j))) throw NumericalError(entry + "; wanted finite numbers");
      throw UsageError(entry + "; wanted 0 or more; help: take absolute values or squares of signed interactions");
    }
}

}  // namespace

std::int64_t LayeredGraph::nodes() const { return layer_start(layer_sizes.size()); }

std::int64_t LayeredGraph::layer_start(std::size_t layer) const {
  return std::accumulate(layer_sizes.begin(), layer_sizes.begin() + std::ptrdiff_t(layer), std::int64_t(0));
}

void LayeredGraph::validate(const std::string& where) const {
  if (layer_sizes.size() < 2)
    throw ShapeError(fmt::format("{}: {} layers given; wanted 2 or more", where, layer_sizes.size()));
  for (std::size_t l = 0; l < layer_sizes.size(); ++l)
    if (layer_sizes[l] < 1)
      throw ShapeError(fmt::format("{}: layer {} has {} nodes; wanted 1 or more", where, l, layer_sizes[l]));
  if (edges.size() + 1 != layer_sizes.size())
    throw ShapeError(fmt::format("{}: {} matrices of edges given for {} layers; wanted one for each pair of neighbours",
                                 where, edges.size(), layer_sizes.size()));
  for (std::size_t pair = 0; pair < edges.size(); ++pair) validate_pair(*this, pair, where);
}

std::vector<LayeredEdge> edge_list(const LayeredGraph& graph) {
  std::vector<LayeredEdge> list;
  for (std::size_t pair = 0; pair < graph.edges.size(); ++pair) {
    const Matrix& e = graph.edges[pair];
    const std::int64_t from = graph.layer_start(pair), to = graph.layer_start(pair + 1);
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j)
        if (e(i, j) > 0) list.push_back({.pair = pair, .from = from + j, .to = to + i, .weight = e(i, j)});
  }
  return list;
}

LayeredGraph log_weights(const LayeredGraph& interactions, const std::vector<double>& cutoffs) {
  interactions.validate("log_weights");
  if (cutoffs.size() != interactions.edges.size())
    throw ShapeError(fmt::format("log_weights: {} cut-offs given for {} pairs of layers; wanted one for each",
                                 cutoffs.size(), interactions.edges.size()));
  LayeredGraph graph = interactions;
  for (std::size_t pair = 0; pair < cutoffs.size(); ++pair) {
    const double cutoff = cutoffs[pair];
    if (!(cutoff > 0) || !std::isfinite(cutoff))
      throw UsageError(
          fmt::format("log_weights: cut-off {} of layers {} and {}; wanted a positive number", cutoff, pair, pair + 1));
    for (double& e : graph.edges[pair].data) e = e > cutoff ? std::log10(e / cutoff) : 0;
  }
  return graph;
}

MatchingStrength matching_strength(const LayeredGraph& weights) {
  weights.validate("matching_strength");
  MatchingStrength strength;
  std::vector<Edge> edges;
  for (const LayeredEdge& e : edge_list(weights)) {
    edges.push_back({.a = e.from, .b = e.to, .weight = e.weight});
    strength.sum += e.weight;
  }
  strength.matching = fractional_matching_weight(weights.nodes(), edges);
  return strength;
}

LayeredGraph weight_activation_graph(const ReluNet& net, const Matrix& x) {
  const NetworkFactors factors = network_factors(dense_network(net), {{"x", x}});
  LayeredGraph graph{.layer_sizes = net.widths(), .edges = net.weights};
  for (std::size_t l = 0; l < graph.edges.size(); ++l) {
    Matrix& e = graph.edges[l];
    const Matrix& G = factors.layers[l].G;  // its diagonal holds the mean squares of the activations
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j) e(i, j) = std::abs(e(i, j)) * std::sqrt(G(j, j));
  }
  return graph;
}

}  // namespace basin::interp
