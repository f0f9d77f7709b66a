// C9: bound (*) on networks of one hidden layer with random mixtures of everything that can be planted.
#include <fmt/format.h>

#include <algorithm>

#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/shared/claim_nets.h"
#include "experiments/shared/claims_blocks.h"
#include "experiments/shared/mixed_nets.h"
#include "experiments/shared/mixed_plans.h"
#include "interp/exact_count.h"

namespace basin::experiments {
namespace {

using nn::Plan;
using nn::Plant;
using nn::PlantKind;

// The exact formula of docs/theory.md §3 on the planted sizes and ranks; nothing is measured.
std::int64_t planned_free_directions(const Plan& plan) {
  const std::int64_t d = plan.inputs + 1, d_out = plan.outputs, input_rank = plan.input_rank.value_or(plan.inputs);
  std::int64_t total = 0;
  for (const Plant& p : plan.hidden[0]) {
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

MixedNet measure(const Plan& plan, const ClaimNet& data, const ClaimSettings& settings) {
  const interp::DegeneracyOptions options = claim_options(settings);
  const interp::DegeneracyReport report = interp::degeneracy(data.net, data.x, options);
  const interp::ExactCount exact = interp::exact_one_hidden(data.net, data.x, options);
  return {.planned = planned_free_directions(plan),
          .free = report.free_directions(),
          .bound = report.lower_bound(),
          .naive = report.naive_sum(),
          .formula = exact.free_directions,
          .condition = exact.condition,
          .gap = report.smallest_gap()};
}

// The first network of the stream; plans that the data can hardly show are passed over.
MixedNet measure_one(Rng rng, const ClaimSettings& settings) {
  for (;;) {
    const Plan plan = random_plan(1, rng);
    try {
      return measure(plan, claim_net(nn::plant(plan, rng.next_u64(), 10)), settings);
    } catch (const nn::NoSuchNetwork&) {
      continue;
    }
  }
}

}  // namespace

std::vector<MixedNet> measure_mixed_nets(const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/C9");
  std::vector<MixedNet> all(settings.mixed_nets);
  parallel_for(settings.threads, settings.mixed_nets,
               [&](std::int64_t i, int) { all[i] = measure_one(rng.stream(std::to_string(i)), settings); });
  return all;
}

std::vector<Claim> claim_bound(const ClaimSettings& settings) {
  const std::vector<MixedNet> measured = measure_mixed_nets(settings);
  const auto number = [&](auto holds) { return int(std::ranges::count_if(measured, holds)); };
  const double gap = std::ranges::min(measured, {}, &MixedNet::gap).gap;
  const double all = settings.mixed_nets;
  const std::string nets = fmt::format("{} random mixtures, one hidden layer", settings.mixed_nets);
  const auto row = [&](const std::string& title, double predicted, int found, const std::string& how) {
    return judged("C9", title, predicted, double(found), 0, fmt::format("{}; {}", nets, how));
  };
  return {row("networks where bound (*) exceeds N - rank J", 0,
              number([](const MixedNet& n) { return n.bound > n.free; }), "a bound that fails once is none"),
          row("networks where bound (*) is exact", all, number([](const MixedNet& n) { return n.bound == n.free; }),
              fmt::format("the naive sum of the kinds is too large in {} of them",
                          number([](const MixedNet& n) { return n.naive > n.free; }))),
          row("networks where the planted sizes give N - rank J", all,
              number([](const MixedNet& n) { return n.planned == n.free; }),
              "the exact formula on what was planned, nothing measured"),
          row("networks where the measured ranks give N - rank J", all,
              number([](const MixedNet& n) { return n.condition && n.formula == n.free; }),
              "the exact formula on block ranks, its condition true"),
          row("networks with a rank that lacks a spectral gap", 0,
              number([&](const MixedNet& n) { return n.gap < settings.min_gap; }),
              fmt::format("smallest gap {:.1g}", gap))};
}

}  // namespace basin::experiments
