// C24: block-diagonal weights alone add no free directions.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

using Reports = std::vector<interp::DegeneracyReport>;

void expect_rescalings(ClaimTable& table, const std::string& title, const Reports& nets, double min_gap) {
  std::vector<std::int64_t> counts;
  double gap = std::numeric_limits<double>::infinity();
  for (const interp::DegeneracyReport& net : nets) {
    counts.push_back(net.free_directions());
    gap = std::min(gap, net.smallest_gap());
  }
  table.expect(title, 6 + 6, common_count(counts, gap, min_gap))
      .because(fmt::format("one rescaling for each hidden neuron; {} networks whose neurons fire on 15 to 85 % of the "
                           "samples and in all joint states, smallest spectral gap {:.1g}",
                           nets.size(), gap));
}

// Dense networks are those with even numbers.
void block_weights(ClaimTable& table, const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/C24");
  const auto draw = [&](std::int64_t i, int again) {
    const ClaimNet data = claim_net(nn::filtered_net(i % 2, rng.stream(draw_name(i, again))));
    return interp::degeneracy(data.net, data.x, claim_options(settings));
  };
  const Reports all = clear_draws(2 * settings.nets, settings.threads, draw, &interp::DegeneracyReport::smallest_gap);
  Reports dense, modular;
  for (std::size_t i = 0; i < all.size(); ++i) (i % 2 ? modular : dense).push_back(all[i]);
  expect_rescalings(table, "dense 8-6-6-4", dense, settings.min_gap);
  expect_rescalings(table, "the same widths as two modules of 3", modular, settings.min_gap);
}

const ClaimEntry c24{"C24", "block-diagonal weights alone are not more degenerate", block_weights};

}  // namespace
}  // namespace basin::experiments
