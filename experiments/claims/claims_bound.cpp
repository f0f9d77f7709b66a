// C9: bound (*) on networks of one hidden layer with random mixtures of everything that can be planted.
#include <fmt/format.h>

#include <algorithm>

#include "experiments/claims/chance.h"
#include "experiments/claims/mixed_nets.h"

namespace basin::experiments {
namespace {

constexpr double condition_fails = 0.001;  // of the networks that pass the filter; 2000 drawn had none

void bound(ClaimTable& table, const ClaimSettings& settings) {
  const std::vector<MixedNet> measured = measure_mixed_nets(settings);
  const auto number = [&](auto holds) { return std::ranges::count_if(measured, holds); };
  const auto exact = number(&MixedNet::condition);
  const std::string nets = fmt::format("{} random mixtures, one hidden layer; ", settings.mixed_nets);
  table.expect("networks where bound (*) exceeds N - rank J", 0, number([](auto& n) { return n.bound > n.free; }))
      .because(nets + "a bound that fails once is none");
  table.expect("networks where the condition of the exact formula holds", settings.mixed_nets, exact)
      .within(double(misses_by_chance(settings.mixed_nets, condition_fails)))
      .because(nets + "the filter is meant to see to it; five standard errors from one failure in a thousand");
  table
      .expect("of these, networks where bound (*) is exact", exact,
              number([](auto& n) { return n.condition && n.bound == n.free; }))
      .because(fmt::format("{}the naive sum of the kinds is too large in {} of them", nets,
                           number([](auto& n) { return n.naive > n.free; })));
  table
      .expect("of these, networks where the planted sizes give N - rank J", exact,
              number([](auto& n) { return n.condition && n.planned == n.free; }))
      .because(nets + "the exact formula on what was planned, nothing measured");
  table
      .expect("of these, networks where the measured ranks give N - rank J", exact,
              number([](auto& n) { return n.condition && n.formula == n.free; }))
      .because(nets + "the exact formula on block ranks");
  table
      .expect("networks with a rank that lacks a spectral gap", 0,
              number([&](auto& n) { return n.gap < settings.min_gap; }))
      .because(fmt::format("{}smallest gap {:.1g}", nets, std::ranges::min(measured, {}, &MixedNet::gap).gap));
}

const ClaimEntry c9{"C9", "bound (*) holds, and is exact for one hidden layer", bound};

}  // namespace
}  // namespace basin::experiments
