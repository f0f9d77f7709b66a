#include "experiments/claims/claim_nets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

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

void expect_count(ClaimTable& table, const PlantedSetting& setting, const ClaimSettings& settings) {
  std::vector<std::int64_t> counts;
  double gap = std::numeric_limits<double>::infinity();
  bool bounded = true;
  const Rng seeds(settings.seed, "claims/" + table.id() + "/" + setting.title);
  for (const interp::DegeneracyReport& report : measure(setting.plan, seeds, settings)) {
    counts.push_back(report.free_directions());
    gap = std::min(gap, report.smallest_gap());
    bounded = bounded && report.formula() <= report.free_directions();
  }
  table
      .expect(setting.title, setting.predicted,
              common_count(counts, gap, settings.min_gap, bounded ? "" : ", below bound (*)"))
      .because(fmt::format("{}; N - rank J of {} planted networks, smallest spectral gap {:.1g}", setting.arithmetic,
                           settings.nets, gap));
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

ClaimValue common_count(const std::vector<std::int64_t>& counts, double gap, double min_gap, const std::string& flaw) {
  const std::string all = fmt::format("{}", fmt::join(counts, ", "));
  if (!flaw.empty()) return all + flaw;
  if (gap < min_gap) return fmt::format("{} with a spectral gap of {:.1g}", all, gap);
  if (std::ranges::count(counts, counts.front()) != std::ssize(counts)) return all;
  return double(counts.front());
}

void expect_counts(ClaimTable& table, const std::vector<PlantedSetting>& list, const ClaimSettings& settings) {
  for (const PlantedSetting& setting : list) expect_count(table, setting, settings);
}

}  // namespace basin::experiments
