// Partitions of the nodes of a graph into modules: how good one is, and how much two agree (docs/theory.md §4.5).
#pragma once
#include <span>
#include <vector>

#include "interp/modules/layered_graph.h"

namespace basin::interp {

// By node, the number of its module: 0, 1, … in the order of first nodes.
using Partition = std::vector<std::int64_t>;

// The same modules, numbered in the order of their first nodes.
Partition renumbered(const Partition& labels);

// Newman's modularity at resolution gamma, Q = sum_c [ w_c / m - gamma (s_c / 2m)^2 ]: m the total weight, w_c the
// weight inside module c, s_c the sum of its nodes' strengths (Newman and Girvan 2004; Reichardt and Bornholdt 2006
// for gamma). 0 for one module at gamma 1, below 1 always. Labels are any numbers >= 0. ShapeError unless there is one
// for each node, UsageError without edges: Q is then 0 / 0.
double modularity(const std::vector<LayeredEdge>& edges, const Partition& partition, double resolution = 1);
double modularity(const LayeredGraph& graph, const Partition& partition, double resolution = 1);

// Agreement of two partitions of the same nodes, 1 if they are equal up to names. ShapeError, here and for distances,
// for different lengths or no nodes.
// Adjusted Rand index (Hubert and Arabie 1985): 0 on average for independent labels, and it can be negative.
double adjusted_rand_index(std::span<const std::int64_t> a, std::span<const std::int64_t> b);
// Mutual information over the mean of the two entropies, 0 to 1; 1 if both have one module only.
double normalised_mutual_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

// Distance of two partitions, 0 only if they are equal up to names: H(a|b) + H(b|a) in nats, a metric on partitions
// (Meilă 2007), at most log n for n nodes. Its share of log n is 0 to 1, and 0 for a single node.
double variation_of_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b);
double normalised_variation_of_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

}  // namespace basin::interp
