#include "interp/volume/interactions.h"

#include "interp/volume/splitting.h"

namespace basin::interp {

Loss interaction_loss(std::vector<Edge> edges) {
  return [edges = std::move(edges)](std::span<const double> w) {
    double sum = 0;
    for (const Edge& e : edges) {
      const double product = w[e.a] * w[e.b];
      sum += e.weight * product * product;
    }
    return sum;
  };
}

std::vector<InteractionGraph> named_graphs() {
  return {{"star of 3", 4, {{0, 1}, {0, 2}, {0, 3}}},
          {"path of 3 edges", 4, {{0, 1}, {1, 2}, {2, 3}}},
          {"K_{3,2}", 5, {{0, 3}, {0, 4}, {1, 3}, {1, 4}, {2, 3}, {2, 4}}},
          {"triangle", 3, {{0, 1}, {1, 2}, {0, 2}}}};
}

Measured n_eff_near_zero(const Loss& loss, std::int64_t dimension, const Rng& rng, int threads,
                         std::int64_t particles) {
  const double epsilons[] = {1e-15, 1e-30};
  return volume_by_splitting(loss, {dimension}, epsilons, rng,
                             {.particles = particles, .replicas = 6, .threads = threads})
      .n_eff[0];
}

}  // namespace basin::interp
