// How well methods tell the units that matter for an output from those that do not, on circuits where that is known by
// construction (interp/look/planted_circuits.h), and where each of them fails (docs/theory.md §5.10).
#pragma once
#include <span>
#include <string_view>

#include "core/statistics.h"
#include "interp/look/planted_circuits.h"

namespace basin::interp {

// Effects of a unit at units.post on one output, in the run with all bits on against that with all bits off.
enum class LookMethod {
  gradient_times_activation,        // in the clean run
  attribution_patching,             // gradient of the corrupt run
  integrated_attribution_patching,  // gradient averaged from the corrupt to the clean activations, exactly
  integrated_gradients,             // from 0 to the clean activations, exactly
  zero_ablation,                    // of the clean run, one unit at a time: what the output loses
  mean_ablation,                    // the mean over the data in its place
  resample_ablation,                // its value on each row of the data in turn: root mean square of the loss, no sign
  activation_patching,              // the clean value into the corrupt run: what the output gains
};
inline constexpr LookMethod look_methods[] = {LookMethod::gradient_times_activation,
                                              LookMethod::attribution_patching,
                                              LookMethod::integrated_attribution_patching,
                                              LookMethod::integrated_gradients,
                                              LookMethod::zero_ablation,
                                              LookMethod::mean_ablation,
                                              LookMethod::resample_ablation,
                                              LookMethod::activation_patching};
std::string_view name_of(LookMethod method);  // "attribution patching"

// [circuits, units]. The effects of one unit at a time, of all units and outputs.
Matrix unit_effects(const PlantedCircuits& planted, LookMethod method);

// How well scores rank what matters above what does not. Scores that agree to 1e-9 of the largest are equal.
struct RankScore {
  double auc;        // the chance that one that matters scores above one that does not; equal scores count half
  double precision;  // of the first k, k as many as matter; where equal scores meet the cut, the mean over all orders
};
// UsageError unless some matter and some do not; ShapeError for unlike lengths.
RankScore rank_score(std::span<const double> scores, const std::vector<bool>& matters);

// One method on one circuit, over networks of neighbouring seeds: units are ranked by the sizes of their effects.
struct CircuitScore {
  std::string circuit;
  LookMethod method;
  Estimate auc, precision;
  Estimate true_effect, false_effect;  // the smallest |effect| of units that matter, the largest of those that do not
};

struct CircuitScores {
  std::vector<CircuitScore> scores;  // by circuit, methods in the order of look_methods
  Estimate interference;             // PlantedCircuits::interference
  Estimate output_error;  // the largest |out - intended| over the data of a network: what superposition costs
};

// Networks of the seeds spec.seed, …, spec.seed + networks - 1. UsageError unless networks >= 1.
CircuitScores circuit_scores(const PlantedSpec& spec, std::int64_t networks, int threads = 1);

}  // namespace basin::interp
