#include "interp/llc/learning_coefficient.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"

namespace basin::interp {
namespace {

void check_crossing(const std::vector<int>& k, const std::vector<int>& h) {
  const auto negative = [](int e) { return e < 0; };
  const bool vanishes = std::ranges::any_of(k, [](int e) { return e > 0; });
  if (!vanishes || std::ranges::any_of(k, negative) || std::ranges::any_of(h, negative) ||
      (!h.empty() && h.size() != k.size()))
    throw UsageError(fmt::format(
        "normal crossing: exponents {} of the loss and {} of the prior given; wanted whole numbers from 0, one of the "
        "loss above 0, and of the prior none or as many",
        k, h));
}

}  // namespace

LearningCoefficient operator+(const LearningCoefficient& a, const LearningCoefficient& b) {
  return {a.lambda + b.lambda, a.multiplicity + b.multiplicity - 1};
}

LearningCoefficient morse_bott(std::int64_t rank) {
  if (rank < 0) throw UsageError(fmt::format("Morse-Bott: rank {} given, wanted 0 or more", rank));
  return {double(rank) / 2, 1};
}

LearningCoefficient normal_crossing(const std::vector<int>& k, const std::vector<int>& h) {
  check_crossing(k, h);
  std::int64_t above = 0, below = 0, times = 0;  // λ = above / (2 below): compared as whole numbers, ties are exact
  for (std::size_t i = 0; i < k.size(); ++i) {
    if (k[i] == 0) continue;
    const std::int64_t top = (h.empty() ? 0 : h[i]) + std::int64_t(1), sign = top * below - above * k[i];
    if (times == 0 || sign < 0) above = top, below = k[i], times = 0;
    times += top * below == above * k[i];
  }
  return {double(above) / double(2 * below), int(times)};
}

LearningCoefficient homogeneous(const std::vector<double>& powers) {
  LearningCoefficient sum;
  for (double p : powers) {
    if (!(p > 0)) throw UsageError(fmt::format("homogeneous: powers {} given, wanted all above 0", powers));
    sum.lambda += 1 / p;
  }
  return sum;
}

}  // namespace basin::interp
