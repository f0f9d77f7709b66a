// C10: bound (*) with two and three hidden layers.
#include "experiments/shared/claims_deep.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/parallel.h"
#include "experiments/shared/mixed_plans.h"

namespace basin::experiments {
namespace {

// The first network of the stream; plans that the data can hardly show are passed over.
KindCounts measure_one(std::int64_t hidden_layers, Rng rng, const ClaimSettings& settings) {
  for (;;) {
    nn::Plan plan = random_plan(hidden_layers, rng);
    plan.rate = 0.03, plan.joint = 0;
    try {
      const ClaimNet data = claim_net(nn::plant(plan, rng.next_u64(), 10));
      return kind_counts(fmt::format("depth {}", hidden_layers), data, settings);
    } catch (const nn::NoSuchNetwork&) {
      continue;
    }
  }
}

std::vector<Claim> judge_depth(std::int64_t hidden_layers, const ClaimSettings& settings) {
  const std::vector<KindCounts> nets = measure_deep_nets(hidden_layers, settings);
  const auto number = [&](auto holds) { return int(std::ranges::count_if(nets, holds)); };
  const std::string what = fmt::format("{} hidden layers", hidden_layers);
  const std::string how = fmt::format("{} random mixtures, {}, weakly filtered", nets.size(), what);
  const int vague = number([&](const KindCounts& n) { return n.gap < settings.min_gap; });
  const int tight = number([](const KindCounts& n) { return n.slack() == 0; });
  const int naive = number([](const KindCounts& n) { return n.naive > n.free; });
  const double gap = std::ranges::min(nets, {}, &KindCounts::gap).gap;
  return {judged("C10", what + ": networks where bound (*) exceeds N - rank J", 0.0,
                 double(number([](const KindCounts& n) { return n.slack() < 0; })), 0,
                 fmt::format("{}; the naive sum of the kinds is too large in {} of them", how, naive)),
          judged("C10", what + ": networks with a rank that lacks a spectral gap", 0.0, double(vague), 0,
                 fmt::format("{}; smallest gap {:.1g}", how, gap)),
          {.id = "C10",
           .title = what + ": networks where bound (*) is exact",
           .predicted = "some",
           .measured = fmt::format("{} of {}", tight, nets.size()),
           .verdict = Verdict::report,
           .how = fmt::format("{}; no share is predicted: it depends on the filter. The conditional bound is exact in "
                              "{}",
                              how, number([](const KindCounts& n) { return n.unexplained() == 0; }))}};
}

}  // namespace

std::vector<KindCounts> measure_deep_nets(std::int64_t hidden_layers, const ClaimSettings& settings) {
  const Rng rng(settings.seed, fmt::format("claims/C10/{}", hidden_layers));
  std::vector<KindCounts> all(std::max(1, settings.mixed_nets / 2));
  parallel_for(settings.threads, std::int64_t(all.size()), [&](std::int64_t i, int) {
    all[i] = measure_one(hidden_layers, rng.stream(std::to_string(i)), settings);
  });
  return all;
}

std::vector<Claim> claim_deep_bound(const ClaimSettings& settings) {
  std::vector<Claim> claims = judge_depth(2, settings);
  std::ranges::move(judge_depth(3, settings), std::back_inserter(claims));
  return claims;
}

}  // namespace basin::experiments
