#include "experiments/volumes/volume_findings.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "interp/volume/splitting.h"

namespace basin::experiments {
namespace {

using interp::interaction_loss;
using interp::InteractionGraph;
using interp::Measured;

constexpr std::int64_t side = 161;  // of the contour

Matrix log_loss() {
  Matrix m({side, side});
  const auto place = [](std::int64_t i) { return 2 * double(i) / double(side - 1) - 1; };
  for (std::int64_t i = 0; i < side; ++i)
    for (std::int64_t j = 0; j < side; ++j)
      m(i, j) = std::max(contour_floor, 2 * std::log10(std::abs(place(i) * place(j))));
  return m;
}

// ½, then falling by `factor` down to the last.
std::vector<double> falling(double last, double factor) {
  std::vector<double> epsilons;
  for (double e = 0.5; e > last; e /= factor) epsilons.push_back(e);
  epsilons.push_back(last);
  return epsilons;
}

interp::VolumeCurve split(const interp::Loss& loss, std::int64_t dimension, std::span<const double> epsilons,
                          const std::string& name, const VolumeSettings& s) {
  return interp::volume_by_splitting(loss, {dimension}, epsilons, Rng(s.seed, "free_directions/" + name),
                                     {.particles = s.particles, .replicas = s.replicas, .threads = s.threads});
}

// -log of the share of the unit box.
Measured paid(const InteractionGraph& g, double epsilon, const std::string& name, const VolumeSettings& s) {
  const Measured log_volume = split(interaction_loss(g.edges), g.nodes, {&epsilon, 1}, name, s).log_volume[0];
  return {interp::Box{g.nodes}.log_volume() - log_volume.value, log_volume.error};
}

InteractionCost cost(double kappa, const VolumeSettings& s) {
  const InteractionGraph pair{"pair", 2, {{0, 1, kappa}}};
  return {.kappa = kappa,
          .weight = interp::log_weight(kappa, cost_epsilon),
          .closed = interp::Box{2}.log_volume() - interp::log_volume_product(kappa, cost_epsilon),
          .measured = paid(pair, cost_epsilon, "cost/" + std::to_string(std::log10(kappa)), s)};
}

GraphFindings graph_findings(const InteractionGraph& g, const VolumeSettings& s) {
  return {.graph = g,
          .matching_number = interp::fractional_matching_number(g.nodes, g.edges),
          .n_eff = interp::n_eff_near_zero(interaction_loss(g.edges), g.nodes, Rng(s.seed, "claims/volume/" + g.name),
                                           s.threads),
          .strength = interp::matching_strength(g.nodes, g.edges, graph_epsilon),
          .paid = paid(g, graph_epsilon, "paid/" + g.name, s)};
}

}  // namespace

VolumeFindings measure_volumes(const VolumeSettings& s) {
  const interp::Loss loss = interaction_loss({{0, 1}});
  VolumeFindings f;
  f.log_loss = log_loss();
  f.monte_carlo = interp::volume_by_monte_carlo(loss, {2}, falling(1e-8, 5), s.samples,
                                                Rng(s.seed, "free_directions/monte carlo"), s.threads);
  f.splitting = split(loss, 2, falling(1e-20, 10), "splitting", s);
  for (double kappa = 1e-8; kappa < 2e4; kappa *= 10) f.costs.push_back(cost(kappa, s));
  for (const InteractionGraph& g : interp::named_graphs()) f.graphs.push_back(graph_findings(g, s));
  return f;
}

}  // namespace basin::experiments
