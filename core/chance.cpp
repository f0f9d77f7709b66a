#include "core/chance.h"

#include <cmath>
#include <numbers>

namespace basin {

double mean_tolerance(double deviation, std::int64_t n) { return allowed_errors * deviation / std::sqrt(double(n)); }

double deviation_tolerance(double deviation, std::int64_t n, double kurtosis) {
  return allowed_errors * deviation * std::sqrt((kurtosis - 1) / (4 * double(n - 1)));
}

double share_tolerance(double probability, std::int64_t n) {
  return mean_tolerance(std::sqrt(probability * (1 - probability)), n);
}

std::int64_t misses_by_chance(std::int64_t n, double rate) {
  const double beyond = 0.5 * std::erfc(allowed_errors / std::numbers::sqrt2);
  double tail = 0;
  for (std::int64_t c = n; c > 0; --c) {  // from the smallest terms up
    const double choices = std::lgamma(double(n) + 1) - std::lgamma(double(c) + 1) - std::lgamma(double(n - c) + 1);
    tail += std::exp(choices + double(c) * std::log(rate) + double(n - c) * std::log1p(-rate));
    if (tail > beyond) return c;
  }
  return 0;
}

}  // namespace basin
