// Means with intervals, for quantities measured on several seeds.
#pragma once
#include <cstdint>
#include <span>

namespace basin {

struct Estimate {
  double mean = 0, deviation = 0;  // of the values, n - 1 in the denominator; NaN where there are too few
  double low = 0, high = 0;        // 95 % interval of the mean by Student's t
  std::int64_t count = 0;

  bool excludes_zero() const { return low > 0 || high < 0; }
};

// With one value the interval is infinite; with none everything is NaN.
Estimate estimate(std::span<const double> values);

// The quantile t with P(|T| <= t) = 0.95 for Student's distribution; degrees >= 1. Within 0.1 % (Cornish and Fisher's
// expansion beyond a table of the first ten).
double student_t_95(std::int64_t degrees);

}  // namespace basin
