#include "experiments/shared/mixed_plans.h"

#include <algorithm>

namespace basin::experiments {
namespace {

using nn::Plan;
using nn::Plant;
using nn::PlantKind;

constexpr std::int64_t max_neurons = 8;

std::int64_t between(Rng& rng, std::int64_t low, std::int64_t high) {  // both included
  return low + std::int64_t(rng.below(std::uint64_t(high - low + 1)));
}

// Three in five synchronised, and at most one always-on and one dead block.
PlantKind random_kind(const std::vector<Plant>& before, Rng& rng) {
  const std::int64_t draw = between(rng, 0, 4);
  const PlantKind kind = draw < 3 ? PlantKind::synchronised : draw == 3 ? PlantKind::always_on : PlantKind::dead;
  return std::ranges::find(before, kind, &Plant::kind) == before.end() ? kind : PlantKind::synchronised;
}

Plant random_plant(const std::vector<Plant>& before, std::int64_t room, Rng& rng) {
  Plant plant{.size = 1, .kind = random_kind(before, rng)};
  plant.size = std::min(room, between(rng, 1, plant.kind == PlantKind::synchronised ? 4 : 3));
  if (plant.size == 1 || plant.kind == PlantKind::dead) return plant;
  if (rng.uniform() < 0.4) plant.rows = between(rng, 1, plant.size - 1);
  if (rng.uniform() < 0.4) plant.readers = between(rng, 0, plant.size - 1);
  return plant;
}

std::vector<Plant> random_layer(Rng& rng) {
  std::vector<Plant> plants;
  std::int64_t room = max_neurons;
  for (std::int64_t wanted = between(rng, 2, 4); wanted > 0 && room > 0; --wanted) {
    plants.push_back(random_plant(plants, room, rng));
    room -= plants.back().size;
  }
  return plants;
}

}  // namespace

Plan random_plan(std::int64_t hidden_layers, Rng& rng) {
  Plan plan{.hidden = {}};
  for (std::int64_t l = 0; l < hidden_layers; ++l) plan.hidden.push_back(random_layer(rng));
  plan.outputs = between(rng, 1, 5);
  if (rng.uniform() < 0.25) plan.input_rank = between(rng, 2, 4);
  return plan;
}

}  // namespace basin::experiments
