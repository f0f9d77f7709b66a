#include "lab.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/course.h"
#include "interp/modules/leiden.h"

namespace lab {

namespace interp = basin::interp;

// ---- Given ----------------------------------------------------------------------------------------------------------

Partition best_partition(const LayeredGraph& graph, basin::Rng& rng) {
  constexpr int runs = 3;
  const std::vector<LayeredEdge> edges = edge_list(graph);
  interp::LeidenResult best;
  for (int run = 0; run < runs; ++run) {
    interp::LeidenResult found = interp::leiden(graph.nodes(), edges, 1, rng.next_u64());
    if (run == 0 || found.quality > best.quality) best = std::move(found);
  }
  return best.partition;
}

interp::PlantedModules blurred_modules(double within, double across, basin::Rng& rng) {
  return interp::planted_modules(3, 12, 3, [&](std::int64_t a, std::int64_t b) {
    return rng.uniform() < (a == b ? within : across) ? rng.uniform(1, 3) : 0.0;
  });
}

// ---- Tasks ----------------------------------------------------------------------------------------------------------

double edge_weight([[maybe_unused]] double interaction, [[maybe_unused]] double cutoff) {
  //@ solution edge_weight
  return interaction > cutoff ? std::log10(interaction / cutoff) : 0;
  //@ stub
  todo("edge_weight", "the decades of the interaction above the cut-off, never below 0 (docs/theory.md §4.5)");
  //@ end
}

double modularity([[maybe_unused]] const std::vector<LayeredEdge>& edges, [[maybe_unused]] const Partition& partition) {
  //@ solution modularity
  std::vector<double> inside(partition.size()), strength(partition.size());
  double m = 0;
  for (const LayeredEdge& e : edges) {
    const auto from = std::size_t(partition[std::size_t(e.from)]), to = std::size_t(partition[std::size_t(e.to)]);
    m += e.weight;
    strength[from] += e.weight, strength[to] += e.weight;
    if (from == to) inside[from] += e.weight;
  }
  double Q = 0;
  for (std::size_t c = 0; c < inside.size(); ++c) Q += inside[c] / m - std::pow(strength[c] / (2 * m), 2);
  return Q;
  //@ stub
  todo("modularity", "one pass over the edges for m, w_c and s_c, then the sum over modules (§4.5)");
  //@ end
}

Matrix rewired([[maybe_unused]] const Matrix& edges, [[maybe_unused]] basin::Rng& rng) {
  //@ solution rewired
  Matrix random = edges;
  std::vector<std::pair<std::int64_t, std::int64_t>> list;
  for (std::int64_t i = 0; i < edges.rows(); ++i)
    for (std::int64_t j = 0; j < edges.cols(); ++j)
      if (edges(i, j) > 0) list.emplace_back(i, j);
  for (std::size_t trade = 0; trade < 20 * list.size(); ++trade) {
    auto &a = list[rng.below(list.size())], &b = list[rng.below(list.size())];
    if (random(a.first, b.second) > 0 || random(b.first, a.second) > 0) continue;  // a == b too
    std::swap(random(a.first, a.second), random(a.first, b.second));
    std::swap(random(b.first, b.second), random(b.first, a.second));
    std::swap(a.second, b.second);
  }
  const std::vector<std::int64_t> order = rng.permutation(std::ssize(list));
  std::vector<double> weights;
  for (const auto& [i, j] : list) weights.push_back(random(i, j));
  for (std::size_t e = 0; e < list.size(); ++e) random(list[e].first, list[e].second) = weights[std::size_t(order[e])];
  return random;
  //@ stub
  todo("rewired",
       "list the edges; trade ends of two random ones if both new places are free, 20 times for each edge; "
       "then deal the weights (§4.5)");
  //@ end
}

Comparison compare([[maybe_unused]] double Q, [[maybe_unused]] const std::vector<double>& random) {
  //@ solution compare
  const double n = double(random.size());
  Comparison c;
  for (const double q : random) c.mean += q / n;
  for (const double q : random) c.sd += (q - c.mean) * (q - c.mean) / (n - 1);
  c.sd = std::sqrt(c.sd);
  c.z = (Q - c.mean) / c.sd;
  c.p = (1 + double(std::ranges::count_if(random, [&](double q) { return q >= Q; }))) / (1 + n);
  return c;
  //@ stub
  todo("compare", "mean, deviation with n - 1, z, and the share of at least Q with the graph itself counted in (§4.5)");
  //@ end
}

// ---- Given: what these tasks make together --------------------------------------------------------------------------

std::vector<double> null_modularities(const LayeredGraph& graph, int count, basin::Rng& rng) {
  std::vector<double> all;
  for (int i = 0; i < count; ++i) {
    LayeredGraph random = graph;
    for (Matrix& edges : random.edges) edges = rewired(edges, rng);
    all.push_back(lab::modularity(edge_list(random), best_partition(random, rng)));
  }
  return all;
}

}  // namespace lab
