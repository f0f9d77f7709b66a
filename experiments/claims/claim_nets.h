// The networks that claims are checked on, as the analysis takes them, and what several of them have in common.
#pragma once
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/degeneracy/kind_counts.h"
#include "nn/data/planted/planted.h"

namespace basin::experiments {

using interp::DegeneracyReport;
using interp::KindCounts;

struct ClaimNet {
  interp::ReluNet net;
  Matrix x;
};

ClaimNet claim_net(nn::PlantedNet planted);

interp::DegeneracyOptions claim_options(const ClaimSettings& settings);
DegeneracyReport degeneracy_of(const ClaimNet& data, const ClaimSettings& settings);
KindCounts kind_counts(const std::string& family, const ClaimNet& data, const ClaimSettings& settings);

// draw(i, again) for all i below count, on threads: of each the first for again = 0, 1 and 2 whose ranks all have a
// clear gap, else the last. One random network in hundreds of thousands has a singular value between rounding and what
// matters; it says nothing of any claim. Where no network has a gap, neither has the result.
constexpr double clear_gap = 1e8;
template <class Draw, class GapOf>
auto clear_draws(std::int64_t count, int threads, const Draw& draw, const GapOf& gap_of) {
  std::vector<decltype(draw(count, 0))> all(count);
  parallel_for(threads, count, [&](std::int64_t i, int) {
    int again = 0;
    do all[i] = draw(i, again);
    while (!(std::invoke(gap_of, all[i]) >= clear_gap) && ++again < 3);
  });
  return all;
}

// The name of the stream of network i, and of those drawn in its place.
std::string draw_name(std::int64_t i, int again);

// On those samples only on which every hidden pre-activation is farther than `margin` from 0.
ClaimNet far_from_kinks(ClaimNet net, double margin);

// Of the draws of network i the first on which no hidden pre-activation is within 1e-4 of 0, so that there is room for
// a step before any neuron begins to fire, or rests.
ClaimNet with_room(const std::function<ClaimNet(Rng)>& make, const Rng& rng, std::int64_t i);

// measure(net) of `count` networks of a plan, as clear_draws; `seeds` gives one for each.
template <class Measure, class GapOf>
auto planted_draws(const nn::Plan& plan, std::int64_t count, Rng seeds, int threads, const Measure& measure,
                   const GapOf& gap_of) {
  std::vector<std::uint64_t> seed_of(count);
  for (std::uint64_t& seed : seed_of) seed = seeds.next_u64();
  const auto draw = [&](std::int64_t i, int again) {
    return measure(claim_net(nn::plant(plan, seed_of[i] + std::uint64_t(again))));
  };
  return clear_draws(count, threads, draw, gap_of);
}

// A number that all have, or a text that lists them.
template <class Number>
ClaimValue common_value(const std::vector<Number>& all) {
  if (std::ranges::count(all, all.front()) == std::ssize(all)) return double(all.front());
  return fmt::format("{}", fmt::join(all, ", "));
}

// One count of several networks, and the smallest spectral gap behind it.
struct Counts {
  std::vector<std::int64_t> of_nets;
  double gap;
  std::string flaw = "";  // ", and …": why they count for nothing
};
template <class Net, class CountOf, class GapOf>
Counts counts_of(const std::vector<Net>& nets, const CountOf& count_of, const GapOf& gap_of) {
  Counts counts{{}, std::invoke(gap_of, std::ranges::min(nets, {}, gap_of))};
  for (const Net& net : nets) counts.of_nets.push_back(std::invoke(count_of, net));
  return counts;
}
Counts free_directions_of(const std::vector<DegeneracyReport>& nets);

// A row with their common count. It is a text that lists the counts if they differ, and that says so if they have a
// flaw or a gap that is too small. The smallest gap is added to `how`.
void expect_common(ClaimTable& table, const ClaimSettings& settings, const std::string& title, std::int64_t predicted,
                   const Counts& counts, const std::string& how);

// A setting of a claim: the plan, what theory predicts for N - rank J, and the arithmetic in words.
template <class Plan>
struct SettingOf {
  std::string title;
  Plan plan;
  std::int64_t predicted;
  std::string arithmetic;
};
using PlantedSetting = SettingOf<nn::Plan>;

// A row for each: N - rank J of `settings.nets` networks of the plan. That bound (*) exceeds it is a flaw.
void expect_counts(ClaimTable& table, const ClaimSettings& settings, const std::vector<PlantedSetting>& list);

}  // namespace basin::experiments
