// C14: with few samples the data limit the rank. 4-5-3 with one block of 2: d~ = 5, d_out = 3, N = 43.
#include <fmt/format.h>

#include <array>
#include <ranges>

#include "experiments/claims/claim_nets.h"
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t outputs = 3, parameters = 5 * 5 + 6 * 3, full_rank = parameters - (2 * 2 + 3);
constexpr std::array<std::int64_t, 5> samples{3, 6, 10, 20, 300};
constexpr std::uint64_t instance_seed = 71;

using Ranks = std::vector<RankDecision>;  // of J on the first samples, for each number of them

Ranks ranks_of(const ClaimNet& data, const ClaimSettings& settings) {
  return interp::prefix_ranks(interp::dense_network(data.net), data.x, samples, claim_options(settings).sweep);
}

double smallest_gap(const Ranks& ranks) { return std::ranges::min(ranks, {}, &RankDecision::gap).gap; }

bool exceeds_limits(const Ranks& ranks) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (ranks[i].rank > std::min(samples[i] * outputs, full_rank)) return true;
  return false;
}

void few_data(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Plan plan{.hidden = {nn::blocks({2, 1, 1, 1})}, .outputs = outputs, .inputs = 4};
  const auto nets = planted_draws(
      plan, 20 * settings.nets, Rng(settings.seed, "claims/C14"), settings.threads,
      [&](const ClaimNet& data) { return ranks_of(data, settings); }, smallest_gap);
  const Ranks instance = ranks_of(claim_net(nn::plant(plan, instance_seed)), settings);
  const auto number = [&](auto holds) { return std::ranges::count_if(nets, holds); };
  const std::string how = fmt::format("{} planted 4-5-3 networks with one block of 2, smallest spectral gap {:.1g}",
                                      nets.size(), smallest_gap(std::ranges::min(nets, {}, smallest_gap)));
  table.expect("networks where rank J exceeds min(n d_out, N - N_free)", 0, number(exceeds_limits))
      .because(how + "; rank J at n = 3, 6, 10, 20, 300");
  table
      .expect("networks of full rank N - N_free = 36 at n = 300, with a gap", nets.size(),
              number([&](auto& r) { return r.back().rank == full_rank && smallest_gap(r) >= settings.min_gap; }))
      .because(how);
  // By construction: this network was searched for until it had these ranks.
  table
      .expect("one instance: ranks at n = 3, 6, 10, 20", "9, 17, 27, 36",
              fmt::format("{}",
                          fmt::join(instance | std::views::take(4) | std::views::transform(&RankDecision::rank), ", ")))
      .because("a network found by search: between 9 and 36 ranks depend on the samples, and few networks have these")
      .by_construction();
  table
      .report("networks with rank J below both n d_out and N - N_free at n = 10",
              fmt::format("{} of {}", number([](auto& r) { return r[2].rank < 10 * outputs; }), nets.size()), "most")
      .because(how + "; samples on which few neurons fire add fewer than d_out to the rank");
}

const ClaimEntry c14{"C14", "few data leave directions free", few_data};

}  // namespace
}  // namespace basin::experiments
