// C14: with few samples the data limit the rank. 4-5-3 with one block of 2: d~ = 5, d_out = 3, N = 43.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t outputs = 3, parameters = 5 * 5 + 6 * 3, full_rank = parameters - (2 * 2 + 3);
constexpr std::array<std::int64_t, 4> prefixes{3, 6, 10, 20};
constexpr std::uint64_t instance_seed = 71;

// The rank of J on the first samples, for each number of them, and on all.
struct PrefixRanks {
  std::vector<std::int64_t> first;
  std::int64_t all = 0;
  double gap = std::numeric_limits<double>::infinity();  // the smallest spectral gap of these ranks
};

PrefixRanks prefix_ranks(std::uint64_t seed, const interp::SweepOptions& sweep) {
  const nn::Plan plan{.hidden = {nn::blocks({2, 1, 1, 1})}, .outputs = outputs, .inputs = 4};
  const ClaimNet data = claim_net(nn::plant(plan, seed));
  const interp::DenseNetwork network = interp::dense_network(data.net);
  PrefixRanks ranks;
  const auto decide = [&](std::int64_t n) {
    const RankDecision rank = interp::jacobian_spectrum(network, {{"x", rows_of(data.x, 0, n)}}, sweep).rank;
    ranks.gap = std::min(ranks.gap, rank.gap);
    return rank.rank;
  };
  for (const std::int64_t n : prefixes) ranks.first.push_back(decide(n));
  ranks.all = decide(data.x.rows());
  return ranks;
}

bool exceeds_limits(const PrefixRanks& ranks) {
  for (std::size_t i = 0; i < prefixes.size(); ++i)
    if (ranks.first[i] > std::min(prefixes[i] * outputs, full_rank)) return true;
  return ranks.all > full_rank;
}

void few_data(ClaimTable& table, const ClaimSettings& settings) {
  Rng seeds(settings.seed, "claims/C14");
  std::vector<std::uint64_t> seed_of(std::size_t(20) * settings.nets);
  for (std::uint64_t& seed : seed_of) seed = seeds.next_u64();
  const auto draw = [&](std::int64_t i, int again) {
    return prefix_ranks(seed_of[i] + std::uint64_t(again), claim_options(settings).sweep);
  };
  const auto nets = clear_draws(std::ssize(seed_of), settings.threads, draw, &PrefixRanks::gap);
  const auto number = [&](auto holds) { return std::ranges::count_if(nets, holds); };
  const std::string how = fmt::format("{} planted 4-5-3 networks with one block of 2, smallest spectral gap {:.1g}",
                                      nets.size(), std::ranges::min(nets, {}, &PrefixRanks::gap).gap);
  table.expect("networks where rank J exceeds min(n d_out, N - N_free)", 0, number(exceeds_limits))
      .because(how + "; rank J at n = 3, 6, 10, 20, 300");
  table
      .expect("networks of full rank N - N_free = 36 at n = 300, with a gap", nets.size(),
              number([&](auto& r) { return r.all == full_rank && r.gap >= settings.min_gap; }))
      .because(how);
  // By construction: this network was searched for until it had these ranks.
  table
      .expect("one instance: ranks at n = 3, 6, 10, 20", "9, 17, 27, 36",
              fmt::format("{}", fmt::join(prefix_ranks(instance_seed, {}).first, ", ")))
      .because("a network found by search: between 9 and 36 ranks depend on the samples, and few networks have these")
      .by_construction();
  table
      .report("networks with rank J below both n d_out and N - N_free at n = 10",
              fmt::format("{} of {}", number([](auto& r) { return r.first[2] < 10 * outputs; }), nets.size()), "most")
      .because(how + "; samples on which few neurons fire add fewer than d_out to the rank");
}

const ClaimEntry c14{"C14", "few data leave directions free", few_data};

}  // namespace
}  // namespace basin::experiments
