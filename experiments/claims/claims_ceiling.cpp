// C33: no ReLU network has a rank of J above N less its hidden neurons; how often random ones reach it, and what
// explains the distance of the others (docs/theory.md §3.11).
#include <cmath>
#include <functional>
#include <iterator>

#include "core/chance.h"
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t nets = 60, samples = 1500;
constexpr std::int64_t counted = 2000;  // networks of each kind behind `reaching`

struct Kind {
  std::vector<std::int64_t> widths;
  double bias;      // standard deviation
  double reaching;  // share, by tests/golden/make_ceiling.py

  std::string name() const { return fmt::format("{}, bias sd {}", fmt::join(widths, "-"), bias); }
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{{{2, 3, 1}, 0.1, 0.9975},    {{2, 3, 1}, 1, 0.8560},
                                     {{3, 4, 4, 2}, 0.1, 0.5375}, {{3, 4, 4, 2}, 1, 0.2010},
                                     {{2, 4, 3, 1}, 0.1, 0.3860}, {{2, 4, 3, 1}, 1, 0.1300}};
  return all;
}

// Weights of variance 2 / inputs (He), normal biases and inputs.
ClaimNet random_net(const Kind& kind, Rng rng) {
  ClaimNet drawn{.net = {}, .x = Matrix({samples, kind.widths.front()})};
  for (std::size_t l = 0; l + 1 < kind.widths.size(); ++l) {
    drawn.net.weights.emplace_back(Shape{kind.widths[l + 1], kind.widths[l]});
    drawn.net.biases.emplace_back(kind.widths[l + 1]);
    rng.fill_normal(std::span<double>(drawn.net.weights[l].data), std::sqrt(2.0 / double(kind.widths[l])));
    rng.fill_normal(std::span<double>(drawn.net.biases[l]), kind.bias);
  }
  rng.fill_normal(std::span<double>(drawn.x.data));
  return drawn;
}

std::vector<KindCounts> measure(const Kind& kind, const ClaimSettings& settings) {
  const Rng streams(settings.seed, "claims/C33/" + kind.name());
  const auto draw = [&](std::int64_t i, int again) {
    return kind_counts("", random_net(kind, streams.stream(draw_name(i, again))), settings);
  };
  return clear_draws(nets, settings.threads, draw, &KindCounts::jacobian_gap);
}

// Five standard errors by the binomial law itself, which is far from normal where nearly all reach it, and the error of
// the counted share.
double tolerance(double share) {
  const double missed = double(misses_by_chance(nets, 1 - share)) / nets - (1 - share);
  const double reached = double(misses_by_chance(nets, share)) / nets - share;
  return std::max(missed, reached) * std::sqrt(1 + double(nets) / counted);
}

bool reaches(const KindCounts& n) { return n.free == n.hidden; }

void ceiling(ClaimTable& table, const ClaimSettings& settings) {
  std::vector<KindCounts> below;
  for (const Kind& kind : kinds()) {
    const std::vector<KindCounts> all = measure(kind, settings);
    const auto number = [&](auto holds) { return double(std::ranges::count_if(all, holds)); };
    table
        .expect(kind.name() + ": networks with a rank above the ceiling", 0,
                number([](auto& n) { return n.free < n.hidden; }))
        .because(
            fmt::format("theorem: docs/theory.md §3.11; {} networks, {} inputs, {} parameters and {} hidden neurons",
                        nets, samples, all[0].parameters, all[0].hidden));
    table.expect(kind.name() + ": share that reaches it", kind.reaching, number(reaches) / nets)
        .within(tolerance(kind.reaching))
        .because(fmt::format("chance: counted on {} other networks by numpy (tests/golden/make_ceiling.py); five "
                             "standard errors of {}",
                             counted, nets));
    std::ranges::copy_if(all, std::back_inserter(below), std::not_fn(reaches));
  }
  const auto number = [&](auto holds) { return std::ranges::count_if(below, holds); };
  table
      .expect("networks below it of which the kinds explain more than there is", 0,
              number([](auto& n) { return !n.bounded(); }))
      .because("theorem: docs/theory.md §3.4; measured: each bound against the next, and the last against N - rank J");
  table
      .report("networks below it that the kinds explain",
              fmt::format("{} of {}", number([](auto& n) { return n.with_patterns == n.free; }), below.size()),
              "nearly all")
      .because("the bound with related patterns is N - rank J; that it always is was not proved");
}

const ClaimEntry c33{"C33", "no rank is above N less the hidden neurons, and many reach it", {.fixed = 2.3}, ceiling};

}  // namespace
}  // namespace basin::experiments
