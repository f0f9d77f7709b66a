#include "experiments/kinds/kinds_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

UntouchedRow untouched(const std::vector<std::int64_t>& widths, int nets, const ClaimSettings& settings) {
  constexpr std::int64_t samples = 1000;
  const Rng rng(settings.seed, fmt::format("claims/untouched/{}", fmt::join(widths, "-")));
  std::vector<KindCounts> all(nets);
  parallel_for(settings.threads, nets, [&](std::int64_t i, int) {
    all[i] = kind_counts("", claim_net(nn::random_net(widths, samples, rng.stream(draw_name(i, 0)))), settings);
  });
  const auto average = [&](const auto& count) {
    return total(all, [&](const KindCounts& c) { return double(std::invoke(count, c)) / nets; });
  };
  return {.widths = widths,
          .parameters = all.front().parameters,
          .nets = nets,
          .beyond_rescaling = average([](const KindCounts& c) { return c.free - c.hidden; }),
          .explained = average([](const KindCounts& c) { return c.bound() - c.hidden; }),
          .conditional = average(&KindCounts::conditional),
          .unexplained = average(&KindCounts::unexplained),
          .violations = nets - int(std::ranges::count_if(all, &KindCounts::bounded)),
          .smallest_gap = std::ranges::min(values(all, &KindCounts::jacobian_gap))};
}

}  // namespace

std::vector<UntouchedRow> measure_untouched(const ClaimSettings& settings, int nets) {
  std::vector<UntouchedRow> rows;
  for (const std::vector<std::int64_t>& widths : std::vector<std::vector<std::int64_t>>{
           {3, 5, 2}, {4, 6, 6, 3}, {6, 4, 4, 2}, {2, 6, 6, 1}, {1, 8, 8, 1}, {5, 5, 5, 5, 3}})
    rows.push_back(untouched(widths, nets, settings));
  return rows;
}

std::vector<Family> families(const std::vector<KindCounts>& nets) {
  std::vector<Family> all;
  for (const KindCounts& net : nets) {
    if (all.empty() || all.back().front().family != net.family) all.emplace_back();
    all.back().push_back(net);
  }
  return all;
}

}  // namespace basin::experiments
