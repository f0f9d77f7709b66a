#include "experiments/claims/claim_nets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace basin::experiments {
namespace {

std::vector<interp::DegeneracyReport> measure(const nn::Plan& plan, Rng seeds, const ClaimSettings& settings) {
  std::vector<std::uint64_t> seed_of(settings.nets);
  for (std::uint64_t& seed : seed_of) seed = seeds.next_u64();
  const auto draw = [&](std::int64_t i, int again) {
    const ClaimNet data = claim_net(nn::plant(plan, seed_of[i] + std::uint64_t(again)));
    return interp::degeneracy(data.net, data.x, claim_options(settings));
  };
  return clear_draws(settings.nets, settings.threads, draw, &interp::DegeneracyReport::smallest_gap);
}

ClaimValue common(const Counts& counts, double min_gap) {
  const std::vector<std::int64_t>& all = counts.of_nets;
  const std::string list = fmt::format("{}", fmt::join(all, ", "));
  if (!counts.flaw.empty()) return list + counts.flaw;
  if (counts.gap < min_gap) return fmt::format("{} with a spectral gap of {:.1g}", list, counts.gap);
  if (std::ranges::count(all, all.front()) != std::ssize(all)) return list;
  return double(all.front());
}

}  // namespace

ClaimNet claim_net(nn::PlantedNet planted) {
  return {{std::move(planted.weights), std::move(planted.biases)}, std::move(planted.x)};
}

interp::DegeneracyOptions claim_options(const ClaimSettings& settings) {
  interp::DegeneracyOptions options;
  options.sweep.threads = settings.threads;
  return options;
}

std::string draw_name(std::int64_t i, int again) {
  return again ? fmt::format("{}/again/{}", i, again) : std::to_string(i);
}

void expect_common(ClaimTable& table, const std::string& title, std::int64_t predicted, const Counts& counts,
                   const std::string& how, const ClaimSettings& settings) {
  table.expect(title, predicted, common(counts, settings.min_gap))
      .because(fmt::format("{}, smallest spectral gap {:.1g}", how, counts.gap));
}

void expect_counts(ClaimTable& table, const std::vector<PlantedSetting>& list, const ClaimSettings& settings) {
  using interp::DegeneracyReport;
  for (const PlantedSetting& setting : list) {
    const Rng seeds(settings.seed, "claims/" + table.id() + "/" + setting.title);
    const std::vector<DegeneracyReport> nets = measure(setting.plan, seeds, settings);
    Counts counts = counts_of(nets, &DegeneracyReport::free_directions, &DegeneracyReport::smallest_gap);
    const auto bounded = [](const DegeneracyReport& net) { return net.formula() <= net.free_directions(); };
    if (!std::ranges::all_of(nets, bounded)) counts.flaw = ", below bound (*)";
    expect_common(table, setting.title, setting.predicted, counts,
                  fmt::format("{}; N - rank J of {} planted networks", setting.arithmetic, settings.nets), settings);
  }
}

}  // namespace basin::experiments
