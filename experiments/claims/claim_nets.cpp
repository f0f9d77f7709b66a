#include "experiments/claims/claim_nets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "core/parallel.h"
#include "core/rng.h"

namespace basin::experiments {

ClaimNet claim_net(nn::PlantedNet planted) {
  return {{std::move(planted.weights), std::move(planted.biases)}, std::move(planted.x)};
}

interp::DegeneracyOptions claim_options(const ClaimSettings& settings) {
  interp::DegeneracyOptions options;
  options.sweep.threads = settings.threads;
  return options;
}

Claim judged(std::string id, std::string title, ClaimValue predicted, ClaimValue measured, double tolerance,
             std::string how) {
  return {.id = std::move(id),
          .title = std::move(title),
          .predicted = std::move(predicted),
          .measured = std::move(measured),
          .tolerance = tolerance,
          .how = std::move(how)};
}

namespace {

std::vector<interp::DegeneracyReport> measure(const nn::Plan& plan, Rng seeds, const ClaimSettings& settings) {
  std::vector<std::uint64_t> seed_of(settings.nets);
  for (std::uint64_t& seed : seed_of) seed = seeds.next_u64();
  std::vector<interp::DegeneracyReport> reports(settings.nets);
  parallel_for(settings.threads, settings.nets, [&](std::int64_t i, int) {
    const auto draw = [&](int again) {
      const ClaimNet data = claim_net(nn::plant(plan, seed_of[i] + std::uint64_t(again)));
      return interp::degeneracy(data.net, data.x, claim_options(settings));
    };
    reports[i] = clear_draw(draw, [](const interp::DegeneracyReport& r) { return r.smallest_gap(); });
  });
  return reports;
}

}  // namespace

Claim measure_setting(const std::string& id, const PlantedSetting& setting, const ClaimSettings& settings) {
  std::vector<std::int64_t> counts;
  double gap = std::numeric_limits<double>::infinity();
  bool bounded = true;
  const Rng seeds(settings.seed, "claims/" + id + "/" + setting.title);
  for (const interp::DegeneracyReport& report : measure(setting.plan, seeds, settings)) {
    counts.push_back(report.free_directions());
    gap = std::min(gap, report.smallest_gap());
    bounded = bounded && report.formula() <= report.free_directions();
  }
  const std::string all = fmt::format("{}", fmt::join(counts, ", "));
  ClaimValue measured = double(counts.front());
  if (std::ranges::count(counts, counts.front()) != settings.nets) measured = all;
  if (gap < settings.min_gap) measured = fmt::format("{} with a spectral gap of {:.1g}", all, gap);
  if (!bounded) measured = all + ", below bound (*)";
  return judged(id, setting.title, double(setting.predicted), measured, 0,
                fmt::format("{}; N - rank J of {} planted networks, smallest spectral gap {:.1g}", setting.arithmetic,
                            settings.nets, gap));
}

std::string draw_name(std::int64_t i, int again) {
  return again ? fmt::format("{}/again/{}", i, again) : std::to_string(i);
}

std::vector<nn::Plant> blocks(std::initializer_list<std::int64_t> sizes) {
  std::vector<nn::Plant> plants;
  for (std::int64_t size : sizes) plants.push_back({.size = size});
  return plants;
}

std::vector<nn::Plant> with(nn::Plant first, std::vector<nn::Plant> rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

}  // namespace basin::experiments
