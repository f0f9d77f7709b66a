// C15. The predictions are the arithmetic of docs/theory.md §3 on the sizes of each setting: d_model = 6, d_head = 2.
#include <fmt/format.h>

#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/planted_attention.h"

namespace basin::experiments {
namespace {

using Setting = SettingOf<interp::AttentionPlan>;

std::vector<Setting> all_settings() {
  constexpr std::int64_t d = 6, m = 2;
  const std::string own = "2 H d_head^2", shared = "H d_head^2 + (H d_head)^2";
  std::vector<Setting> all;
  const auto add = [&](const std::string& title, const interp::AttentionPlan& plan, std::int64_t predicted,
                       const std::string& arithmetic) {
    all.push_back({title, plan, predicted, arithmetic});
  };
  add("2 heads", {{1, 1}}, 2 * 2 * m * m, own);
  add("2 heads that share a pattern", {{2}}, 2 * m * m + 2 * m * 2 * m, shared);
  add("3 heads that share a pattern", {{3}}, 3 * m * m + 3 * m * 3 * m, shared);
  add("4 heads that share a pattern, H d_head > d_model", {{4}}, 4 * m * m + 2 * d * 4 * m - d * d,
      "H d_head^2 + 2 d_model H d_head - d_model^2");
  add("3 heads, 2 share a pattern", {{2, 1}}, 3 * m * m + 2 * m * 2 * m + m * m,
      "H d_head^2 + (2 d_head)^2 + d_head^2");
  add("2 heads, key and value biases", {{1, 1}, true}, 2 * 2 * m * m + 2 * m, own + " + H d_head");
  add("2 heads, a constant input coordinate", {{1, 1}, false, true}, 2 * 2 * m * m + 2 * m, own + " + H d_head");
  add("2 heads, both: each bias repeats weights", {{1, 1}, true, true}, 2 * 2 * m * m + 3 * 2 * m,
      own + " + 3 H d_head");
  return all;
}

void attention(ClaimTable& table, const ClaimSettings& settings) {
  using Found = interp::AttentionDegeneracy;
  std::int64_t nets = 0, as_planted = 0;
  for (const Setting& setting : all_settings()) {
    const Rng rng(settings.seed, "claims/C15/" + setting.title);
    const auto draw = [&](std::int64_t i, int again) {
      const auto [layer, x] = interp::planted_attention(setting.plan, rng.stream(draw_name(i, again)));
      return interp::attention_degeneracy(layer, x, claim_options(settings));
    };
    const auto gap = [](const Found& found) { return found.jacobian.gap; };
    const std::vector<Found> layers = clear_draws(settings.nets, settings.threads, draw, gap);
    nets += std::ssize(layers);
    as_planted += std::ranges::count_if(layers, [&](const Found& found) {
      return found.shape.sharing == setting.plan.sharing && found.residual() == 0;
    });
    expect_common(table, settings, setting.title, setting.predicted, counts_of(layers, &Found::free_directions, gap),
                  fmt::format("arithmetic: {}, on planted sizes; measured: N - rank J of {} random layers",
                              setting.arithmetic, layers.size()));
  }
  table.expect("layers whose heads are grouped as planted and counted in closed form", nets, as_planted)
      .because(
          "arithmetic: as many as were planted; measured: groups by comparing patterns, and the closed form on them "
          "against N - rank J");
}

const ClaimEntry c15{"C15", "attention heads, and heads that share a pattern", {.net = 0.072}, attention};

}  // namespace
}  // namespace basin::experiments
