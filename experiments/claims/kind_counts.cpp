#include "experiments/claims/kind_counts.h"

#include <algorithm>

#include "interp/degeneracy/conditional.h"

namespace basin::experiments {

KindCounts kind_counts(const std::string& family, const ClaimNet& data, const ClaimSettings& settings) {
  const interp::DegeneracyReport report = interp::degeneracy(data.net, data.x, claim_options(settings));
  const interp::ConditionalBound& conditional = report.conditional;
  KindCounts counts{.family = family,
                    .parameters = report.parameters,
                    .free = report.free_directions(),
                    .low_rank = report.formula() - report.gauge.rank,
                    .gauge = report.gauge.rank,
                    .naive = report.naive_sum(),
                    .with_conditional = conditional.lower_bound,
                    .gap = std::min(report.smallest_gap(), conditional.smallest_gap())};
  for (const interp::FiringBlock& block : report.blocks) counts.hidden += std::int64_t(block.neurons.size());
  return counts;
}

}  // namespace basin::experiments
