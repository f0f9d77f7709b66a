// Integer ranks. They are decided on the singular values of a factor (core/streaming_qr.h), never on the eigenvalues
// of a Gram matrix: squaring leaves only singular values above 1e-8 of the largest (docs/theory.md §1.3).
#pragma once
#include <cstdint>
#include <span>

namespace basin {

inline constexpr double rank_tolerance = 1e-9;  // relative to the largest singular value, in double

struct RankDecision {
  std::int64_t rank = 0;
  double smallest_kept = 0;    // 0 if the rank is 0
  double largest_dropped = 0;  // 0 if nothing was dropped
  double gap = 0;        // smallest_kept / largest_dropped; infinite if nothing but zeros was dropped. Near 1: no gap,
                         // and the rank means little
  double tolerance = 0;  // the relative tolerance it was decided with
};

// Counts the values above relative_tolerance times the first. The values are singular values in descending order; none,
// or all zero, is rank 0. NumericalError for NaN or Inf, UsageError for negative or unsorted values or a tolerance
// outside [0, 1).
RankDecision decide_rank(std::span<const double> singular_values, double relative_tolerance = rank_tolerance);

}  // namespace basin
