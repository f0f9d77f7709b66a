// Interactions between the features of neighbouring layers, as a weighted undirected graph whose nodes are the features
// of all layers (docs/theory.md §4.5). The constant activation is no node.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "interp/layers/relu_net.h"
#include "interp/volume/matching.h"

namespace basin::interp {

// Nodes are numbered layer by layer: node i of layer l is layer_start(l) + i.
struct LayeredGraph {
  std::vector<std::int64_t> layer_sizes;
  std::vector<Matrix> edges;  // edges[l] joins layers l and l+1: [layer_sizes[l+1], layer_sizes[l]], >= 0, 0 = no edge

  std::int64_t nodes() const;
  std::int64_t layer_start(std::size_t layer) const;
  // ShapeError unless there are two layers or more, none empty, and the matrices fit them; NumericalError for NaN and
  // Inf, UsageError for a negative weight: the message begins with `where` and names layer and entry.
  void validate(const std::string& where) const;
};

using NodeLabels = std::map<std::int64_t, std::string>;  // of the nodes that have one

// Joins node j of layer l to node i of layer l + 1 by weight(l, i, j).
template <class Weight>
LayeredGraph layered_graph(std::vector<std::int64_t> layer_sizes, const Weight& weight) {
  LayeredGraph graph{.layer_sizes = std::move(layer_sizes), .edges = {}};
  for (std::size_t l = 0; l + 1 < graph.layer_sizes.size(); ++l) {
    Matrix& e = graph.edges.emplace_back(Shape{graph.layer_sizes[l + 1], graph.layer_sizes[l]});
    for (std::int64_t i = 0; i < e.rows(); ++i)
      for (std::int64_t j = 0; j < e.cols(); ++j) e(i, j) = weight(l, i, j);
  }
  return graph;
}

struct LayeredEdge {
  std::size_t pair = 0;           // joins layers `pair` and pair + 1
  std::int64_t from = 0, to = 0;  // nodes of the graph; from is in the lower layer
  double weight = 0;              // > 0
  friend bool operator==(const LayeredEdge&, const LayeredEdge&) = default;
};

// All edges of positive weight: pairs of layers in order, in each by `to`, then by `from`.
std::vector<LayeredEdge> edge_list(const LayeredGraph& graph);

// The weights that modules are found with: max(0, log10(E_ij / eps)). An interaction at or below the cut-off is none;
// above it, decades count. `cutoffs` holds eps for each pair of layers. ShapeError unless there are as many as pairs,
// UsageError unless they are positive and finite; else the errors of validate.
LayeredGraph log_weights(const LayeredGraph& interactions, const std::vector<double>& cutoffs);

// How strongly the layers hold together, in the units of the weights: the maximum-weight matching (the graph is
// bipartite, so whole and fractional are one), which is what a volume pays, beside the sum, which counts a hub once for
// each of its edges (docs/theory.md §4.3). Errors: those of validate, UsageError beyond 2000 nodes.
MatchingStrength matching_strength(const LayeredGraph& weights);

// |W_ij| times the root mean square of activation j over the samples x [n, d_0]: the interactions of a network in the
// neuron basis. Layers are inputs, hidden neurons …, outputs; biases have no part. Errors: those of network_factors.
LayeredGraph weight_activation_graph(const ReluNet& net, const Matrix& x);

}  // namespace basin::interp
