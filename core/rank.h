// Integer ranks. They are decided on the singular values of a factor (core/streaming_qr.h), never on the eigenvalues
// of a Gram matrix: squaring leaves only singular values above 1e-8 of the largest (docs/theory.md §1.3).
#pragma once
#include <cstdint>
#include <span>
#include <tuple>

namespace basin {

inline constexpr double rank_tolerance = 1e-9;  // what is above counts, relative to the largest singular value
inline constexpr double rank_rounding = 2e-14;  // what is below is rounding of double, on the same scale

// What singular values are held against. Ranks that meet in one inequality share one ruler, its scale included:
// decided each by its own largest value, two sides of an inequality are measured with two rulers (docs/theory.md §1.6).
struct Ruler {
  double tolerance = rank_tolerance;
  double rounding = rank_rounding;
  double scale = 0;  // that both are relative to; 0: the largest of the values themselves
};

struct RankDecision {
  std::int64_t rank = 0;            // values above the tolerance
  std::int64_t above_rounding = 0;  // values above rounding: the rank if nothing but rounding is dropped
  double smallest_kept = 0;         // 0 if the rank is 0
  double largest_dropped = 0;       // 0 if nothing was dropped
  double gap = 0;        // smallest_kept / largest_dropped; infinite if nothing but zeros was dropped. Near 1: no gap,
                         // and the rank means little
  double tolerance = 0;  // the relative tolerance it was decided with
  double scale = 0;      // that it is relative to

  // Whether all that was dropped is rounding. A gap alone does not say so: what is small may yet be real.
  bool decided() const { return rank == above_rounding; }
  double relative_dropped() const { return scale > 0 ? largest_dropped / scale : 0; }
};
inline auto fields(RankDecision& r) {
  return std::tie(r.rank, r.above_rounding, r.smallest_kept, r.largest_dropped, r.gap, r.tolerance, r.scale);
}

// Counts the values above the ruler's tolerance times its scale. The values are singular values in descending order;
// none, or all zero, is rank 0. NumericalError for NaN or Inf, UsageError for negative or unsorted values or a
// tolerance outside [0, 1).
RankDecision decide_rank(std::span<const double> singular_values, const Ruler& ruler);
RankDecision decide_rank(std::span<const double> singular_values, double relative_tolerance = rank_tolerance);

}  // namespace basin
