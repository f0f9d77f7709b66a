// C24: block-diagonal weights alone add no free directions.
#include <fmt/format.h>

#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

// Dense networks are those with even numbers.
void block_weights(ClaimTable& table, const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/C24");
  const auto draw = [&](std::int64_t i, int again) {
    const ClaimNet data = claim_net(nn::filtered_net(i % 2, rng.stream(draw_name(i, again))));
    return interp::degeneracy(data.net, data.x, claim_options(settings));
  };
  using interp::DegeneracyReport;
  const auto all = clear_draws(2 * settings.nets, settings.threads, draw, &DegeneracyReport::smallest_gap);
  std::vector<DegeneracyReport> dense, modular;
  for (std::size_t i = 0; i < all.size(); ++i) (i % 2 ? modular : dense).push_back(all[i]);
  const auto row = [&](const std::string& title, const std::vector<DegeneracyReport>& nets) {
    expect_common(
        table, title, 6 + 6, counts_of(nets, &DegeneracyReport::free_directions, &DegeneracyReport::smallest_gap),
        fmt::format("one rescaling for each hidden neuron; {} networks whose neurons fire on 15 to 85 % of the "
                    "samples and in all joint states",
                    nets.size()),
        settings);
  };
  row("dense 8-6-6-4", dense);
  row("the same widths as two modules of 3", modular);
}

const ClaimEntry c24{"C24", "block-diagonal weights alone are not more degenerate", block_weights};

}  // namespace
}  // namespace basin::experiments
