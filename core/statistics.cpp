#include "core/statistics.h"

#include <array>
#include <cmath>
#include <limits>

namespace basin {

double student_t_95(std::int64_t degrees) {
  constexpr std::array<double, 10> table{12.7062, 4.30265, 3.18245, 2.77645, 2.57058,
                                         2.44691, 2.36462, 2.30600, 2.26216, 2.22814};
  if (degrees <= std::int64_t(table.size())) return table[degrees - 1];
  const double z = 1.959964, n = double(degrees);
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

Estimate estimate(std::span<const double> values) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const auto n = std::int64_t(values.size());
  if (n == 0) return {nan, nan, nan, nan, 0};
  double sum = 0, squares = 0;
  for (double v : values) sum += v;
  const double mean = sum / double(n);
  if (n == 1) return {mean, nan, -inf, inf, 1};
  for (double v : values) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / double(n - 1));
  const double half = student_t_95(n - 1) * deviation / std::sqrt(double(n));
  return {mean, deviation, mean - half, mean + half, n};
}

}  // namespace basin
