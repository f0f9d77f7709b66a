#include "interp/degeneracy/kind_counts.h"

#include <algorithm>

namespace basin::interp {

bool KindCounts::bounded() const {
  return bound() <= with_conditional && with_conditional <= with_patterns && with_patterns <= free;
}

KindCounts kind_counts(const DegeneracyReport& report, const std::string& family) {
  const ConditionalBound& conditional = report.conditional;
  KindCounts counts{.family = family,
                    .parameters = report.parameters,
                    .free = report.free_directions(),
                    .low_rank = report.formula() - report.gauge.rank,
                    .gauge = report.gauge.rank,
                    .naive = report.naive_sum(),
                    .with_conditional = conditional.lower_bound,
                    .with_patterns = conditional.lower_bound_patterns,
                    .gap = std::min(report.smallest_gap(), conditional.smallest_gap()),
                    .patterns_gap = conditional.patterns.gap,
                    .jacobian_gap = report.jacobian.gap};
  for (const FiringBlock& block : report.blocks) counts.hidden += std::int64_t(block.neurons.size());
  return counts;
}

}  // namespace basin::interp
