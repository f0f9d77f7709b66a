// Means and correlations with intervals, for quantities measured on several seeds.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace basin {

struct Estimate {
  double mean = 0, deviation = 0;  // of the values, n - 1 in the denominator; NaN where there are too few
  double low = 0, high = 0;        // 95 % interval of the mean by Student's t
  std::int64_t count = 0;

  bool excludes_zero() const { return low > 0 || high < 0; }
};

// With one value the interval is infinite; with none everything is NaN.
Estimate estimate(std::span<const double> values);

// The mean over all pairs of n things, of values in the order (0,1), (0,2), …, (1,2), …. Pairs that share a thing are
// not independent, so the interval is the jackknife's over things: Student's of n U - (n - 1) U_i with U_i the mean
// without the pairs of i, rather too wide than too narrow (Efron and Stein 1981). For (x_i + x_j) / 2 it is
// estimate(x). `count` is n; with two things the interval is infinite. ShapeError unless there are n (n - 1) / 2
// values.
Estimate estimate_over_pairs(std::int64_t n, std::span<const double> values);

// Two lists whose values belong together pair by pair: the mean of each, and of the differences, second minus first.
struct Paired {
  double before = 0, after = 0;
  Estimate difference{};
};
Paired paired(std::span<const double> before, std::span<const double> after);  // ShapeError: lengths

// The mean of y as it would be where every covariate is 0: the intercept of the least-squares fit of y to the
// covariates, with Student's interval at n - 1 - covariates degrees of freedom: infinite if there are none, and never
// narrower than rounding. `deviation` is of what the fit leaves. A covariate that is constant, or a combination of
// earlier ones and a constant, says nothing of its own and is left out; without covariates this is estimate(y).
struct Adjusted {
  Estimate at_zero;
  std::int64_t covariates = 0;  // that were used
};
Adjusted adjusted(std::span<const double> y, std::span<const std::vector<double>> covariates);  // ShapeError: lengths

// Pearson's r with a 95 % interval by Fisher's z, r = tanh(z ± 1.96 / sqrt(n - 3)). `lost` is what was taken from the
// degrees of freedom before: groups - 1 if each group's mean was removed. With too few values the interval is [-1, 1];
// if one side is constant, r is NaN too. ShapeError unless x and y are of one length.
struct Correlation {
  double r = 0, low = -1, high = 1;
  std::int64_t count = 0;

  bool excludes_zero() const { return low > 0 || high < 0; }
};
Correlation correlation(std::span<const double> x, std::span<const double> y, std::int64_t lost = 0);
// The same within groups: each group's means are removed first. `group` names each value's. ShapeError: lengths.
Correlation correlation_within(std::span<const double> x, std::span<const double> y,
                               std::span<const std::int64_t> group);

// The larger of two errors, a NaN the largest of all, as infinity: std::max would take either side for it, and a worst
// error would be that of the values that are numbers.
double worse(double worst, double error);

// The quantile t with P(|T| <= t) = 0.95 for Student's distribution; degrees >= 1. Within 0.1 % (Cornish and Fisher's
// expansion beyond a table of the first ten).
double student_t_95(std::int64_t degrees);
inline constexpr double normal_95 = 1.959964;  // the same of the normal distribution

// The z with P(Z <= z) = p for a normal Z; to within 1e-14 of |z| + 1. UsageError unless 0 < p < 1. Formula 26.2.23 of
// Abramowitz and Stegun, good to 4.5e-4, and two steps of Halley's method.
double normal_quantile(double p);

}  // namespace basin
