#include "nn/data/planted/mixed_plans.h"

#include <algorithm>
#include <limits>

namespace basin::nn {
namespace {

constexpr std::int64_t widest = 12;

std::int64_t between(Rng& rng, std::int64_t low, std::int64_t high) {  // both included
  return low + std::int64_t(rng.below(std::uint64_t(high - low + 1)));
}

bool can_have_low_ranks(const Plant& plant) { return plant.size > 1 && plant.kind != PlantKind::dead; }

// Which layers a kind is in: one for sure, others by chance.
std::vector<bool> places(bool wanted, std::int64_t hidden_layers, Rng& rng) {
  std::vector<bool> in(hidden_layers);
  for (std::int64_t l = 0; l < hidden_layers; ++l) in[l] = wanted && rng.uniform() < 0.5;
  if (wanted) in[between(rng, 0, hidden_layers - 1)] = true;
  return in;
}

template <class T>
void shuffle(std::vector<T>& values, Rng& rng) {
  std::vector<T> old = values;
  const std::vector<std::int64_t> order = rng.permutation(std::ssize(old));
  std::ranges::transform(order, values.begin(), [&](std::int64_t i) { return old[i]; });
}

// The special plants, then ordinary neurons and more blocks up to a random width.
std::vector<Plant> random_layer(bool blocks, bool always_on, bool dead, Rng& rng) {
  std::vector<Plant> plants;
  if (blocks) plants.push_back({.size = between(rng, 2, 4)});
  if (always_on) plants.push_back({.size = between(rng, 2, 4), .kind = PlantKind::always_on});
  if (dead) plants.push_back({.size = between(rng, 1, 3), .kind = PlantKind::dead});
  std::int64_t room = between(rng, 2, widest);
  for (const Plant& plant : plants) room -= plant.size;
  do {
    const bool block = blocks && room > 1 && rng.uniform() < 0.3;
    plants.push_back({.size = block ? between(rng, 2, std::min<std::int64_t>(room, 4)) : 1});
    room -= plants.back().size;
  } while (room > 0);
  shuffle(plants, rng);
  return plants;
}

// One of the blocks for sure, others by chance.
template <class Lower>
void lower_some(Plan& plan, Rng& rng, Lower lower) {
  std::vector<Plant*> able;
  for (std::vector<Plant>& layer : plan.hidden)
    for (Plant& plant : layer)
      if (can_have_low_ranks(plant)) able.push_back(&plant);
  const std::int64_t sure = between(rng, 0, std::ssize(able) - 1);
  for (std::int64_t i = 0; i < std::ssize(able); ++i)
    if (i == sure || rng.uniform() < 0.4) lower(*able[i]);
}

void draw_sizes(Plan& plan, bool low_inputs, Rng& rng) {
  plan.inputs = between(rng, 3, widest);
  plan.outputs = between(rng, 1, widest);
  if (low_inputs) plan.input_rank = between(rng, 2, plan.inputs - 1);
  plan.samples = std::max(plan.samples, 2 * planned_parameters(plan) / plan.outputs);
}

std::vector<Mixture> all_mixtures() {
  std::vector<Mixture> all;
  for (int bits = 0; bits < 64; ++bits) {
    const auto has = [&](int bit) { return (bits >> bit & 1) == 1; };
    const Mixture m{has(0), has(1), has(2), has(3), has(4), has(5)};
    if (m.blocks || m.always_on || !(m.low_rows || m.low_readers)) all.push_back(m);
  }
  return all;
}

}  // namespace

const std::vector<Mixture>& mixtures() {
  static const std::vector<Mixture> all = all_mixtures();
  return all;
}

Plan random_plan(std::int64_t hidden_layers, const Mixture& mixture, Rng& rng) {
  Plan plan{.hidden = {}};
  const std::vector<bool> blocks = places(mixture.blocks, hidden_layers, rng),
                          always_on = places(mixture.always_on, hidden_layers, rng),
                          dead = places(mixture.dead, hidden_layers, rng);
  for (std::int64_t l = 0; l < hidden_layers; ++l)
    plan.hidden.push_back(random_layer(blocks[l], always_on[l], dead[l], rng));
  if (mixture.low_rows) lower_some(plan, rng, [&](Plant& p) { p.rows = between(rng, 1, p.size - 1); });
  if (mixture.low_readers) lower_some(plan, rng, [&](Plant& p) { p.readers = between(rng, 0, p.size - 1); });
  draw_sizes(plan, mixture.low_inputs, rng);
  return plan;
}

Plan linear_plan(std::int64_t hidden_layers, Rng& rng) {
  Plan plan{.hidden = {}};
  for (std::int64_t l = 0; l < hidden_layers; ++l) {
    const bool last = l + 1 == hidden_layers;
    Plant on{.size = between(rng, 1, widest - 2), .kind = PlantKind::always_on};
    if (rng.uniform() < 0.4) on.rows = between(rng, 1, on.size);
    if (rng.uniform() < 0.4) on.readers = between(rng, last ? 0 : 1, on.size);
    plan.hidden.push_back({on});
    if (rng.uniform() < 0.4) plan.hidden.back().push_back({.size = between(rng, 1, 2), .kind = PlantKind::dead});
  }
  draw_sizes(plan, rng.uniform() < 0.4, rng);
  return plan;
}

Plan weakly_filtered(Plan plan) {
  plan.rate = 0.03, plan.joint = 0;
  return plan;
}

DrawnNet first_network(Rng& rng, const std::function<Plan()>& draw_plan) {
  for (;;) {
    Plan plan = draw_plan();
    try {
      PlantedNet net = plant(plan, rng.next_u64(), 10);
      return {std::move(plan), std::move(net)};
    } catch (const NoSuchNetwork&) {
      continue;
    }
  }
}

std::int64_t planned_parameters(const Plan& plan) {
  std::int64_t total = 0, inputs = plan.inputs;
  for (const std::vector<Plant>& layer : plan.hidden) {
    total += (inputs + 1) * width_of(layer);
    inputs = width_of(layer);
  }
  return total + (inputs + 1) * plan.outputs;
}

std::int64_t planned_one_hidden(const Plan& plan) {
  const std::int64_t d = plan.inputs + 1, d_out = plan.outputs, input_rank = plan.input_rank.value_or(plan.inputs);
  std::int64_t total = 0;
  for (const Plant& p : plan.hidden.at(0)) {
    if (p.kind == PlantKind::dead) {
      total += p.size * (d + d_out);
      continue;
    }
    const std::int64_t on = p.kind == PlantKind::always_on, rows = p.rows.value_or(p.size);
    const std::int64_t rho = on ? std::min(rows, input_rank) + 1 : std::min(rows, input_rank + 1);
    const std::int64_t s = std::min({p.readers.value_or(p.size), p.size, d_out}), r = input_rank + 1;
    total += p.size * d + d_out * (p.size + on) - s * r - d_out * rho + s * rho;
  }
  return total;
}

std::int64_t planned_linear(const Plan& plan) {
  const auto L = std::ssize(plan.hidden);
  const std::int64_t varying = plan.input_rank.value_or(plan.inputs);
  std::vector<std::int64_t> rank(
      L + 1, std::numeric_limits<std::int64_t>::max());  // of each weight matrix between live neurons
  rank[0] = varying, rank[L] = plan.outputs;
  for (std::int64_t l = 0; l < L; ++l) {
    const Plant& on = *std::ranges::find(plan.hidden[l], PlantKind::always_on, &Plant::kind);
    rank[l] = std::min(rank[l], on.rows.value_or(on.size));
    rank[l + 1] = std::min(rank[l + 1], on.readers.value_or(on.size));
  }
  std::vector<std::int64_t> kappa(L + 1, varying);
  for (std::int64_t l = 0; l < L; ++l) kappa[l + 1] = std::min(kappa[l], rank[l]);
  std::int64_t seen = plan.outputs, rho = plan.outputs;  // the last bias; from the last layer down
  for (std::int64_t l = L; l >= 0; --l) {
    const std::int64_t below = l == 0 ? 0 : std::min(rho, rank[l]);
    seen += kappa[l] * (rho - below);
    rho = below;
  }
  return planned_parameters(plan) - seen;
}

}  // namespace basin::nn
