// C9: bound (*) on networks of one hidden layer with random mixtures of everything that can be planted.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/claims/chance.h"
#include "experiments/claims/claim_nets.h"
#include "experiments/claims/claims_blocks.h"
#include "experiments/claims/mixed_nets.h"
#include "experiments/claims/mixed_plans.h"
#include "interp/degeneracy/exact_count.h"

namespace basin::experiments {
namespace {

constexpr double condition_fails = 0.001;  // of the networks that pass the filter; 2000 drawn had none

MixedNet measure(const nn::Plan& plan, const ClaimNet& data, const ClaimSettings& settings) {
  const interp::DegeneracyOptions options = claim_options(settings);
  const interp::Subject subject = interp::subject(data.net, data.x, options);
  const interp::DegeneracyReport report = interp::degeneracy(subject);
  const interp::ExactCount exact = interp::exact_one_hidden(subject);
  return {.planned = planned_one_hidden(plan),
          .free = report.free_directions(),
          .bound = report.formula(),
          .naive = report.naive_sum(),
          .formula = exact.free_directions,
          .condition = exact.condition,
          .gap = report.smallest_gap()};
}

// The first network of the stream; plans that the data can hardly show are passed over.
MixedNet measure_one(const Mixture& mixture, Rng rng, const ClaimSettings& settings) {
  for (;;) {
    const nn::Plan plan = random_plan(1, mixture, rng);
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
  parallel_for(settings.threads, settings.mixed_nets, [&](std::int64_t i, int) {
    const auto draw = [&](int again) {
      return measure_one(mixtures()[i % mixtures().size()], rng.stream(draw_name(i, again)), settings);
    };
    all[i] = clear_draw(draw, std::mem_fn(&MixedNet::gap));
  });
  return all;
}

std::vector<Claim> claim_bound(const ClaimSettings& settings) {
  const std::vector<MixedNet> measured = measure_mixed_nets(settings);
  const auto number = [&](auto holds) { return double(std::ranges::count_if(measured, holds)); };
  const double exact = number(&MixedNet::condition), gap = std::ranges::min(measured, {}, &MixedNet::gap).gap;
  const std::string nets = fmt::format("{} random mixtures, one hidden layer", settings.mixed_nets);
  const auto row = [&](const std::string& title, double predicted, double found, double tolerance,
                       const std::string& how) {
    return judged("C9", title, predicted, found, tolerance, fmt::format("{}; {}", nets, how));
  };
  return {row("networks where bound (*) exceeds N - rank J", 0,
              number([](const MixedNet& n) { return n.bound > n.free; }), 0, "a bound that fails once is none"),
          row("networks where the condition of the exact formula holds", settings.mixed_nets, exact,
              double(misses_by_chance(settings.mixed_nets, condition_fails)),
              "the filter is meant to see to it; five standard errors from one failure in a thousand"),
          row("of these, networks where bound (*) is exact", exact,
              number([](const MixedNet& n) { return n.condition && n.bound == n.free; }), 0,
              fmt::format("the naive sum of the kinds is too large in {} of them",
                          number([](const MixedNet& n) { return n.naive > n.free; }))),
          row("of these, networks where the planted sizes give N - rank J", exact,
              number([](const MixedNet& n) { return n.condition && n.planned == n.free; }), 0,
              "the exact formula on what was planned, nothing measured"),
          row("of these, networks where the measured ranks give N - rank J", exact,
              number([](const MixedNet& n) { return n.condition && n.formula == n.free; }), 0,
              "the exact formula on block ranks"),
          row("networks with a rank that lacks a spectral gap", 0,
              number([&](const MixedNet& n) { return n.gap < settings.min_gap; }), 0,
              fmt::format("smallest gap {:.1g}", gap))};
}

}  // namespace basin::experiments
