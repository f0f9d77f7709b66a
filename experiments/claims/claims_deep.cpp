// C10: both bounds with two and three hidden layers.
#include "experiments/claims/claims_deep.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/parallel.h"
#include "experiments/claims/chance.h"
#include "experiments/claims/mixed_plans.h"

namespace basin::experiments {
namespace {

constexpr double gap_missing = 0.002;  // of networks so weakly filtered; 1 in 1000 was seen

// The first network that a stream of plans gives: plans that the data can hardly show are passed over.
template <class Draw>
std::pair<nn::Plan, ClaimNet> first_network(Rng& rng, Draw draw) {
  for (;;) {
    nn::Plan plan = draw();
    plan.rate = 0.03, plan.joint = 0;
    try {
      return {plan, claim_net(nn::plant(plan, rng.next_u64(), 10))};
    } catch (const nn::NoSuchNetwork&) {
      continue;
    }
  }
}

KindCounts measure_one(std::int64_t hidden_layers, const Mixture& mixture, Rng rng, const ClaimSettings& settings) {
  const auto [plan, data] = first_network(rng, [&] { return random_plan(hidden_layers, mixture, rng); });
  return kind_counts(fmt::format("depth {}", hidden_layers), data, settings);
}

std::vector<Claim> judge_mixtures(std::int64_t hidden_layers, const ClaimSettings& settings) {
  std::vector<KindCounts> nets = measure_deep_nets(hidden_layers, settings);
  const double drawn = double(nets.size()), gap = std::ranges::min(nets, {}, &KindCounts::gap).gap;
  std::erase_if(nets, [&](const KindCounts& n) { return n.gap < settings.min_gap; });
  const auto number = [&](auto holds) { return double(std::ranges::count_if(nets, holds)); };
  const std::string what = fmt::format("{} hidden layers", hidden_layers);
  const std::string how = fmt::format("{} random mixtures, {}, weakly filtered", drawn, what);
  return {judged("C10", what + ": networks whose ranks all have a spectral gap", drawn, double(nets.size()),
                 double(misses_by_chance(std::int64_t(drawn), gap_missing)),
                 fmt::format("{}; smallest gap {:.1g}; the others are no measurement; five standard errors from one in "
                             "500 of them",
                             how, gap)),
          judged("C10", what + ": networks where bound (*) exceeds N - rank J", 0.0,
                 number([](const KindCounts& n) { return n.slack() < 0; }), 0,
                 fmt::format("{}; the naive sum of the kinds is too large in {} of them", how,
                             number([](const KindCounts& n) { return n.naive > n.free; }))),
          judged("C10", what + ": networks where the conditional bound is below (*) or exceeds N - rank J", 0.0,
                 number([](const KindCounts& n) { return n.conditional() < 0 || n.unexplained() < 0; }), 0, how),
          {.id = "C10",
           .title = what + ": networks where bound (*) is exact",
           .predicted = "some",
           .measured = fmt::format("{} of {}", number([](const KindCounts& n) { return n.slack() == 0; }), nets.size()),
           .standing = Standing::measured,
           .how = fmt::format("{}; no share is predicted: it depends on the filter. The conditional bound is exact in "
                              "{}",
                              how, number([](const KindCounts& n) { return n.unexplained() == 0; }))}};
}

struct LinearCounts {
  KindCounts counts;
  std::int64_t planned = 0;

  double gap() const { return counts.gap; }
  bool as_planned() const { return counts.free == planned && counts.slack() == 0 && counts.unexplained() == 0; }
};

LinearCounts measure_linear(std::int64_t hidden_layers, Rng rng, const ClaimSettings& settings) {
  const auto [plan, data] = first_network(rng, [&] { return linear_plan(hidden_layers, rng); });
  return {kind_counts("linear", data, settings), planned_linear(plan)};
}

Claim judge_linear(std::int64_t hidden_layers, const ClaimSettings& settings) {
  const Rng rng(settings.seed, fmt::format("claims/C10/linear/{}", hidden_layers));
  std::vector<char> good(std::max(1, settings.mixed_nets / 6));
  parallel_for(settings.threads, std::ssize(good), [&](std::int64_t i, int) {
    const auto draw = [&](int again) {
      return measure_linear(hidden_layers, rng.stream(draw_name(i, again)), settings);
    };
    const LinearCounts n = clear_draw(draw, std::mem_fn(&LinearCounts::gap));
    good[i] = n.as_planned() && n.gap() >= settings.min_gap;
  });
  return judged("C10", fmt::format("{} layers of always-on and dead neurons: networks counted exactly", hidden_layers),
                double(good.size()), double(std::ranges::count(good, 1)), 0,
                "planted ranks, N - rank J and both bounds are one number; sizes and low ranks at random");
}

}  // namespace

std::vector<KindCounts> measure_deep_nets(std::int64_t hidden_layers, const ClaimSettings& settings) {
  const Rng rng(settings.seed, fmt::format("claims/C10/{}", hidden_layers));
  std::vector<KindCounts> all(std::max(1, settings.mixed_nets / 2));
  parallel_for(settings.threads, std::ssize(all), [&](std::int64_t i, int) {
    const std::size_t place = i + (hidden_layers - 1) * std::ssize(all);  // each depth goes on where the last one ended
    all[i] = measure_one(hidden_layers, mixtures()[place % mixtures().size()], rng.stream(std::to_string(i)), settings);
  });
  return all;
}

std::vector<Claim> claim_deep_bound(const ClaimSettings& settings) {
  std::vector<Claim> claims;
  for (std::int64_t hidden_layers : {2, 3}) {
    std::ranges::move(judge_mixtures(hidden_layers, settings), std::back_inserter(claims));
    claims.push_back(judge_linear(hidden_layers, settings));
  }
  return claims;
}

}  // namespace basin::experiments
