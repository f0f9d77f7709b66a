// Layered graphs whose modules are known, and graphs that have none (docs/theory.md §4.5).
#pragma once
#include "core/rng.h"
#include "interp/modules/partition.h"

namespace basin::interp {

struct PlantedModules {
  LayeredGraph graph;
  Partition partition;
};

// Layers of `size` nodes, node i of each in module i modules / size. `weight(a, b)` draws the edge between a node of
// module a and one of module b in the layer above, 0 for none.
template <class Weight>
PlantedModules planted_modules(std::size_t layers, std::int64_t size, std::int64_t modules, const Weight& weight) {
  const auto module_of = [&](std::int64_t i) { return i * modules / size; };
  Partition partition;
  for (std::size_t node = 0; node < layers * std::size_t(size); ++node)
    partition.push_back(module_of(std::int64_t(node) % size));
  return {
      layered_graph(std::vector<std::int64_t>(layers, size),
                    [&](std::size_t, std::int64_t i, std::int64_t j) { return weight(module_of(j), module_of(i)); }),
      std::move(partition)};
}

// Three layers of 8 nodes. Module 0 around 1, module 1 around 1e-4, cross edges between 1e-10 and 1e-8.
PlantedModules unequal_modules(Rng& rng);

// Three layers of 24 nodes, eight of each layer in each of three modules; 90 % of the edges within modules, 5 % of the
// others.
PlantedModules even_modules(Rng& rng);

// No modules, but hubs: edge (i, j) has odds u_i v_j and a weight that does not depend on i or j. Given degrees,
// weights and strengths all such graphs are equally likely [D: the probability is a product of u and v to the power of
// the degrees], which is what the null model (interp/modules/null_model.h) draws from: z of interp/modules/modules.h
// has mean 0 and, as far as Q is normal, standard deviation 1.
LayeredGraph graph_without_modules(const std::vector<std::int64_t>& layer_sizes, Rng& rng);

// No modules, but loud nodes: the interactions a_i b_j |normal number|, as of a network whose weights are drawn one by
// one and whose activations differ in size, with log a, log b normal of deviation `node_scale` (and of their own in
// each pair of layers); then log_weights with `cutoff`, a share of the largest of the pair.
LayeredGraph network_graph_without_modules(const std::vector<std::int64_t>& layer_sizes, double node_scale,
                                           double cutoff, Rng& rng);

}  // namespace basin::interp
