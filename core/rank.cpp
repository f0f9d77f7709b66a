#include "core/rank.h"

#include <fmt/format.h>

#include <algorithm>
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

RankDecision decide_rank(std::span<const double> s, const Ruler& ruler) {
  check(s, ruler.tolerance);
  const double scale = ruler.scale > 0 ? ruler.scale : s.empty() ? 0 : s[0];
  const auto above = [&](double level) {
    return std::ranges::count_if(s, [&](double value) { return value > level * scale; });
  };
  const auto rank = above(ruler.tolerance);
  RankDecision d{.rank = rank, .tolerance = ruler.tolerance, .scale = scale};
  d.above_rounding = above(ruler.rounding);
  if (rank > 0) d.smallest_kept = s[rank - 1];
  if (rank < std::ssize(s)) d.largest_dropped = s[rank];
  d.gap = d.largest_dropped > 0 ? d.smallest_kept / d.largest_dropped : std::numeric_limits<double>::infinity();
  return d;
}

RankDecision decide_rank(std::span<const double> s, double relative_tolerance) {
  return decide_rank(s, Ruler{.tolerance = relative_tolerance});
}

}  // namespace basin
