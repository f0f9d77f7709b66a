#include "experiments/claims/interactions.h"

#include "core/rng.h"

namespace basin::experiments {

using interp::Edge;
using interp::Loss;

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

interp::VolumeCurve split_volume(const Loss& loss, std::int64_t dimension, std::span<const double> epsilons,
                                 const std::string& name, const ClaimSettings& settings, std::int64_t particles) {
  return interp::volume_by_splitting(loss, {dimension}, epsilons, Rng(settings.seed, "claims/volume/" + name),
                                     {.particles = particles, .replicas = 6, .threads = settings.threads});
}

interp::Measured n_eff_near_zero(const Loss& loss, std::int64_t dimension, const std::string& name,
                                 const ClaimSettings& settings) {
  const double epsilons[] = {1e-15, 1e-30};
  return split_volume(loss, dimension, epsilons, name, settings, 200).n_eff[0];
}

}  // namespace basin::experiments
