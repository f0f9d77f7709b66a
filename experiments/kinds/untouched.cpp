#include "experiments/kinds/untouched.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t samples = 1000;

UntouchedRow measure(const std::vector<std::int64_t>& widths, int nets, const ClaimSettings& settings) {
  const Rng rng(settings.seed, fmt::format("claims/untouched/{}", fmt::join(widths, "-")));
  std::vector<KindCounts> all(nets);
  parallel_for(settings.threads, nets, [&](std::int64_t i, int) {
    all[i] = kind_counts("", claim_net(nn::random_net(widths, samples, rng.stream(draw_name(i, 0)))), settings);
  });
  UntouchedRow row{.widths = widths,
                   .parameters = all.front().parameters,
                   .nets = nets,
                   .smallest_gap = std::numeric_limits<double>::infinity()};
  const std::int64_t hidden = std::accumulate(widths.begin() + 1, widths.end() - 1, std::int64_t(0));
  for (const KindCounts& c : all) {
    row.beyond_rescaling += double(c.free - hidden) / nets;
    row.explained += double(c.bound() - hidden) / nets;
    row.conditional += double(c.conditional()) / nets;
    row.unexplained += double(c.unexplained()) / nets;
    row.violations += !c.bounded();
    row.smallest_gap = std::min(row.smallest_gap, c.jacobian_gap);
  }
  return row;
}

}  // namespace

std::vector<UntouchedRow> measure_untouched(const ClaimSettings& settings, int nets) {
  std::vector<UntouchedRow> rows;
  for (const std::vector<std::int64_t>& widths : std::vector<std::vector<std::int64_t>>{
           {3, 5, 2}, {4, 6, 6, 3}, {6, 4, 4, 2}, {2, 6, 6, 1}, {1, 8, 8, 1}, {5, 5, 5, 5, 3}})
    rows.push_back(measure(widths, nets, settings));
  return rows;
}

}  // namespace basin::experiments
