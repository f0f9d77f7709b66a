// C14: with few samples the data limit the rank. 4-5-3 with one block of 2: d~ = 5, d_out = 3, N = 43.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "core/parallel.h"
#include "experiments/claims/claims_deep.h"
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t outputs = 3, parameters = 5 * 5 + 6 * 3, full_rank = parameters - (2 * 2 + 3);
constexpr std::array<std::int64_t, 4> prefixes{3, 6, 10, 20};
constexpr std::uint64_t instance_seed = 71;

const nn::Plan& few_data_plan() {
  static const nn::Plan plan{.hidden = {blocks({2, 1, 1, 1})}, .outputs = outputs, .inputs = 4};
  return plan;
}

// The rank of J on the first samples, for each number of them, and on all.
struct PrefixRanks {
  std::vector<std::int64_t> first;
  std::int64_t all = 0;
  double gap = std::numeric_limits<double>::infinity();  // the smallest spectral gap of these ranks
};

PrefixRanks prefix_ranks(const ClaimNet& data, const interp::SweepOptions& sweep) {
  const interp::DenseNetwork network = interp::dense_network(data.net);
  PrefixRanks ranks;
  const auto decide = [&](std::int64_t n) {
    Matrix x({n, data.x.cols()});
    std::copy_n(data.x.data.begin(), x.size(), x.data.begin());
    const RankDecision rank = interp::jacobian_spectrum(network, {{"x", x}}, sweep).rank;
    ranks.gap = std::min(ranks.gap, rank.gap);
    return rank.rank;
  };
  for (const std::int64_t n : prefixes) ranks.first.push_back(decide(n));
  ranks.all = decide(data.x.shape[0]);
  return ranks;
}

std::vector<PrefixRanks> measure(const ClaimSettings& settings) {
  Rng seeds(settings.seed, "claims/C14");
  std::vector<std::uint64_t> seed_of(std::size_t(20) * settings.nets);
  for (std::uint64_t& seed : seed_of) seed = seeds.next_u64();
  std::vector<PrefixRanks> all(seed_of.size());
  parallel_for(settings.threads, std::int64_t(all.size()), [&](std::int64_t i, int) {
    const auto draw = [&](int again) {
      const nn::PlantedNet net = nn::plant(few_data_plan(), seed_of[i] + std::uint64_t(again));
      return prefix_ranks(claim_net(net), claim_options(settings).sweep);
    };
    all[i] = clear_draw(draw, std::mem_fn(&PrefixRanks::gap));
  });
  return all;
}

bool within_limits(const PrefixRanks& ranks) {
  for (std::size_t i = 0; i < prefixes.size(); ++i)
    if (ranks.first[i] > std::min(prefixes[i] * outputs, full_rank)) return false;
  return ranks.all <= full_rank;
}

}  // namespace

std::vector<Claim> claim_few_data(const ClaimSettings& settings) {
  const std::vector<PrefixRanks> nets = measure(settings);
  const auto number = [&](auto holds) { return double(std::ranges::count_if(nets, holds)); };
  const std::string how = fmt::format("{} planted 4-5-3 networks with one block of 2, smallest spectral gap {:.1g}",
                                      nets.size(), std::ranges::min(nets, {}, &PrefixRanks::gap).gap);
  const PrefixRanks instance = prefix_ranks(claim_net(nn::plant(few_data_plan(), instance_seed)), {});
  return {
      judged("C14", "networks where rank J exceeds min(n d_out, N - N_free)", 0.0,
             number([](const PrefixRanks& r) { return !within_limits(r); }), 0,
             how + "; rank J at n = 3, 6, 10, 20, 300"),
      judged("C14", "networks of full rank N - N_free = 36 at n = 300, with a gap", double(nets.size()),
             number([&](const PrefixRanks& r) { return r.all == full_rank && r.gap >= settings.min_gap; }), 0, how),
      judged("C14", "one instance: ranks at n = 3, 6, 10, 20", "9, 17, 27, 36",
             fmt::format("{}", fmt::join(instance.first, ", ")), 0,
             "a network found by search: between 9 and 36 ranks depend on the samples, and few networks have these"),
      {.id = "C14",
       .title = "networks with rank J below both n d_out and N - N_free at n = 10",
       .predicted = "most",
       .measured =
           fmt::format("{:g} of {}", number([](const auto& r) { return r.first[2] < 10 * outputs; }), nets.size()),
       .standing = Standing::measured,
       .how = how + "; samples on which few neurons fire add fewer than d_out to the rank"}};
}

}  // namespace basin::experiments
