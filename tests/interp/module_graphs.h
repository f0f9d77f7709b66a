// Layered graphs whose modules are known.
#pragma once
#include "core/rng.h"
#include "interp/modules/partition.h"

// Two layers of four, nodes 0, 1 of each layer in one module and 2, 3 in the other: two cliques with m = 8.
inline basin::interp::LayeredGraph two_cliques() {
  return basin::interp::layered_graph({4, 4}, [](auto, auto i, auto j) { return i / 2 == j / 2 ? 1.0 : 0.0; });
}

// Three layers of `size`, node i in module i % modules, with 80 % of the inner edges and 10 % of the others.
inline basin::interp::LayeredGraph planted_modules(std::int64_t size, std::int64_t modules, std::uint64_t seed) {
  basin::Rng rng(seed, "test/modules");
  return basin::interp::layered_graph({size, size, size}, [&](auto, auto i, auto j) {
    return rng.uniform() < (i % modules == j % modules ? 0.8 : 0.1) ? rng.uniform(1, 3) : 0.0;
  });
}

inline basin::interp::Partition planted_partition(std::int64_t size, std::int64_t modules) {
  basin::interp::Partition partition;
  for (int layer = 0; layer < 3; ++layer)
    for (std::int64_t i = 0; i < size; ++i) partition.push_back(i % modules);
  return partition;
}
