#include "experiments/claims/mixed_nets.h"

#include <fmt/format.h>

#include "interp/degeneracy/exact_count.h"
#include "nn/data/planted/mixed_plans.h"

namespace basin::experiments {
namespace {

using nn::mixtures;

MixedNet measure(const nn::DrawnNet& drawn, const ClaimSettings& settings) {
  const ClaimNet data = claim_net(drawn.net);
  const interp::Subject subject = interp::subject(data.net, data.x, claim_options(settings));
  const interp::DegeneracyReport report = interp::degeneracy(subject);
  const interp::ExactCount exact = interp::exact_one_hidden(subject);
  return {.planned = nn::planned_one_hidden(drawn.plan),
          .free = report.free_directions(),
          .bound = report.formula(),
          .naive = report.naive_sum(),
          .formula = exact.free_directions,
          .condition = exact.condition,
          .gap = report.smallest_gap()};
}

}  // namespace

std::vector<MixedNet> measure_mixed_nets(const ClaimSettings& settings) {
  const Rng streams(settings.seed, "claims/C9");
  const auto draw = [&](std::int64_t i, int again) {
    Rng rng = streams.stream(draw_name(i, again));
    return measure(nn::first_network(rng, [&] { return nn::random_plan(1, mixtures()[i % mixtures().size()], rng); }),
                   settings);
  };
  return clear_draws(settings.mixed_nets, settings.threads, draw, &MixedNet::gap);
}

std::vector<KindCounts> measure_deep_nets(std::int64_t hidden_layers, const ClaimSettings& settings) {
  const Rng streams(settings.seed, fmt::format("claims/C10/{}", hidden_layers));
  std::vector<KindCounts> all(std::max(1, settings.mixed_nets / 2));
  parallel_for(settings.threads, std::ssize(all), [&](std::int64_t i, int) {
    Rng rng = streams.stream(std::to_string(i));
    const std::size_t place = i + (hidden_layers - 1) * std::ssize(all);
    const nn::Mixture& mixture = mixtures()[place % mixtures().size()];
    const nn::DrawnNet drawn =
        nn::first_network(rng, [&] { return nn::weakly_filtered(nn::random_plan(hidden_layers, mixture, rng)); });
    all[i] = kind_counts(fmt::format("depth {}", hidden_layers), claim_net(drawn.net), settings);
  });
  return all;
}

}  // namespace basin::experiments
