// Lab 10: modules. From interactions to weights, and what a search for modules is worth (docs/theory.md §4.1, §4.5).
//
// A layered graph (interp/modules/layered_graph.h) has an edge only between neighbouring layers: edges[l](i, j) is the
// weight between node j of layer l and node i of layer l + 1, and 0 is no edge. Its nodes are numbered layer by layer.
#pragma once
#include <string>
#include <vector>

#include "core/rng.h"
#include "interp/modules/layered_graph.h"
#include "interp/modules/null_model.h"
#include "interp/modules/partition.h"
#include "interp/modules/planted_modules.h"

namespace lab {

using basin::Matrix;
using basin::interp::LayeredEdge;   // {pair, from, to, weight}: each edge of the graph once, from < to
using basin::interp::LayeredGraph;  // {layer_sizes, edges}
using basin::interp::Partition;     // the module of each node, a number >= 0

// ---- Given ----------------------------------------------------------------------------------------------------------

// The best of a few runs of the Leiden algorithm, as basin runs it: the partition of highest modularity that it finds.
Partition best_partition(const LayeredGraph& graph, basin::Rng& rng);
// Three layers of 12 nodes with three planted modules, of whose possible edges a share `within` is there, and of those
// between modules a share `across`.
basin::interp::PlantedModules blurred_modules(double within, double across, basin::Rng& rng);

// ---- Tasks ----------------------------------------------------------------------------------------------------------

// Task edge_weight. max(0, log10(interaction / cutoff)): decades above the cut-off, and 0 at or below it, for
// interaction >= 0 and cutoff > 0. An interaction of 0 has weight 0.
double edge_weight(double interaction, double cutoff);

// Task modularity. Q = sum over modules c of [ w_c / m - (s_c / 2m)^2 ]: m the sum of all weights, w_c of those with
// both ends in c, s_c the sum over the nodes in c of their strengths, a node's strength being the sum of its edges'
// weights. There is an edge.
double modularity(const std::vector<LayeredEdge>& edges, const Partition& partition);

// Task rewired. A random table of the same size, with the same weights and as many entries above 0 in each row and each
// column: all such tables equally likely, up to how long one trades. Two edges i-j and k-l become i-l and k-j if both
// of these are free, many times over; then the weights are dealt to the edges anew.
Matrix rewired(const Matrix& edges, basin::Rng& rng);

// Task compare. How a Q stands among those of random graphs, of which there are two or more.
struct Comparison {
  double mean = 0, sd = 0;  // of the random ones; the deviation of a sample, with n - 1
  double z = 0;             // (Q - mean) / sd
  double p = 1;             // (1 + random ones with at least Q) / (1 + random ones)
};
Comparison compare(double Q, const std::vector<double>& random);

// ---- Given: what these tasks make together --------------------------------------------------------------------------

// Q of modules that are searched in the same way in `count` random graphs, each pair of layers rewired by itself.
std::vector<double> null_modularities(const LayeredGraph& graph, int count, basin::Rng& rng);

}  // namespace lab
