#include "core/rank.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace basin {
namespace {

void check(std::span<const double> s, double tolerance) {
  if (!(tolerance >= 0 && tolerance < 1))
    throw UsageError(fmt::format("decide_rank: relative tolerance {} given, wanted 0 <= tolerance < 1", tolerance));
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!std::isfinite(s[i])) throw NumericalError(fmt::format("decide_rank: singular value {} is {}", i, s[i]));
    if (s[i] < 0 || (i && s[i] > s[i - 1]))
      throw UsageError(
          fmt::format("decide_rank: value {} is {:g}; wanted singular values, >= 0 and descending", i, s[i]));
  }
}

}  // namespace

RankDecision decide_rank(std::span<const double> s, double relative_tolerance) {
  check(s, relative_tolerance);
  std::size_t rank = 0;
  while (rank < s.size() && s[rank] > relative_tolerance * s[0]) ++rank;
  RankDecision d{.rank = std::int64_t(rank), .tolerance = relative_tolerance};
  if (rank > 0) d.smallest_kept = s[rank - 1];
  if (rank < s.size()) d.largest_dropped = s[rank];
  d.gap = d.largest_dropped > 0 ? d.smallest_kept / d.largest_dropped : std::numeric_limits<double>::infinity();
  return d;
}

}  // namespace basin
