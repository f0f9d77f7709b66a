// C47: what methods of attribution, ablation and patching see of circuits whose units are known (docs/theory.md §5.10).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/claims/degeneracy_claims.h"
#include "interp/look/circuit_scores.h"

namespace basin::experiments {
namespace {

using interp::LookMethod;
using interp::PlantedCircuits;
using enum interp::LookMethod;

constexpr double rounding = 1e-12;

// What a method must give a unit, by arithmetic on the circuit's gates.
struct Effect {
  std::string unit;
  LookMethod method;
  double predicted;
  const char* because;
};

const Effect effects[] = {
    {"and.0", attribution_patching, 0, "relu(2 Σu - 3) has slope 0 at rest"},
    {"and.0", activation_patching, 0, "relu(2 - 3) = 0: one unit alone does nothing"},
    {"and.0", zero_ablation, 1, "relu(4 - 3) - relu(2 - 3)"},
    {"and.0", integrated_attribution_patching, 0.5, "1 shared by two alike"},
    {"or.0", gradient_times_activation, 0, "saturated: slopes 2 and -2 at three"},
    {"or.0", zero_ablation, 0, "two others keep it at 1"},
    {"or.0", activation_patching, 1, "one is enough"},
    {"or.0", integrated_gradients, 1.0 / 3, "1 shared by three alike"},
    {"xor.0", integrated_attribution_patching, 0, "both flipped change nothing, and both are alike"},
    {"xor.0", zero_ablation, -1, "0 with both, 1 with one"},
    {"backup.0", zero_ablation, 0, "the other does for it"},
    {"backup.0", mean_ablation, 0, "the other does for it"},
    {"backup.0", integrated_attribution_patching, 0.5, "1 shared by two alike"},
    {"constant.2", attribution_patching, 0, "it is 4 in both runs"},
    {"constant.2", zero_ablation, 3, "relu(6 - 3) - relu(2 - 3)"},
    {"constant.2", mean_ablation, 0, "its mean is itself"},
    {"constant.2", integrated_gradients, 2, "3, shared as 4 to 6 are"},
    {"cancelling.1", zero_ablation, 1, "its partner is left"},
    {"cancelling.2", zero_ablation, -1, "its partner is left"},
};

double effect_of(const PlantedCircuits& p, const Effect& e) {
  const auto unit = std::ranges::find(p.units, e.unit, &interp::PlantedUnit::name);
  return unit_effects(p, e.method)(unit->circuit, unit - p.units.begin());
}

// Areas under the curve, by circuit: 1/2 where all is 0. Of n units that do not matter one is above both units of
// `constant` where it is seen, and the two of a cancelling pair are equal to the one that matters; where single rows of
// the data decide on that pair, nothing is predicted.
std::string predicted_areas(LookMethod method, double n) {
  const double constant = (n - 3) / (n - 2), pair = (n - 2) / (n - 1);
  const auto text = [](std::initializer_list<double> areas) {
    std::string all;
    for (const double a : areas) all += fmt::format("{}{:.3f}", all.empty() ? "" : " ", a);
    return all;
  };
  switch (method) {
    case gradient_times_activation: return text({1, 1, .5, 1, .5, constant, pair});
    case attribution_patching: return text({1, .5, .5, .5, .5, 1, pair});
    case integrated_attribution_patching: return text({1, 1, 1, .5, 1, 1, pair});
    case integrated_gradients: return text({1, 1, 1, .5, 1, constant, pair});
    case zero_ablation: return text({1, 1, .5, 1, .5, constant, pair});
    case activation_patching: return text({1, .5, 1, 1, 1, 1, pair});
    default: return text({1, 1, .5, 1, .5, 1});
  }
}

std::string areas(const interp::CircuitScores& scores, LookMethod method, std::size_t circuits) {
  std::string all;
  for (const interp::CircuitScore& s : scores.scores)
    if (s.method == method && circuits-- > 0) all += fmt::format("{}{:.3f}", all.empty() ? "" : " ", s.auc.mean);
  return all;
}

bool decided_by_rows(LookMethod method) { return method == mean_ablation || method == resample_ablation; }

void planted(ClaimTable& table, const ClaimSettings& settings) {
  const PlantedCircuits p = interp::planted_circuits({.seed = settings.seed});
  for (const Effect& e : effects)
    table.expect(fmt::format("{} by {}", e.unit, name_of(e.method)), e.predicted, effect_of(p, e))
        .within(rounding)
        .because(fmt::format("arithmetic: {}", e.because));
  const interp::CircuitScores scores = interp::circuit_scores({.seed = settings.seed}, settings.nets, settings.threads);
  for (const LookMethod method : interp::look_methods) {
    const std::string predicted = predicted_areas(method, double(p.units.size()));
    table
        .expect(fmt::format("{}: AUC of sum, and, or, xor, backup, constant{}", name_of(method),
                            decided_by_rows(method) ? "" : ", cancelling"),
                predicted, areas(scores, method, decided_by_rows(method) ? 6 : 7))
        .because(fmt::format("arithmetic: which effects are 0 or equal, of {} units; {} networks", p.units.size(),
                             settings.nets));
  }
  const interp::CircuitScores tight =
      interp::circuit_scores({.width = 12, .seed = settings.seed}, settings.nets, settings.threads);
  for (const LookMethod method : interp::look_methods)
    table
        .report(fmt::format("{}: the same with half as many coordinates as units", name_of(method)),
                areas(tight, method, 7))
        .because(fmt::format("directions overlap by up to {:.2f}, outputs are off by up to {:.1f}",
                             tight.interference.mean, tight.output_error.mean));
}

const ClaimEntry c47{
    "C47", "methods fail on planted circuits where arithmetic says, and nowhere else", {.net = 0.017}, planted};

}  // namespace
}  // namespace basin::experiments
