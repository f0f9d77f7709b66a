#include "interp/edges/sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace basin::interp {
namespace {

// Over a power of two, which rounds nothing, so that they add up to less than a double holds.
std::vector<double> strengths(const Matrix& E, std::int64_t constant) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < E.rows(); ++i)
    for (std::int64_t j = 0; j < E.cols(); ++j)
      if (j != constant) all.push_back(std::abs(E(i, j)));
  const double largest = all.empty() ? 0 : std::ranges::max(all);
  if (largest > 0)
    for (double& v : all) v = std::ldexp(v, -std::ilogb(largest));
  return all;
}

}  // namespace

double effective_edges(const Matrix& E, std::int64_t constant) {
  const std::vector<double> all = strengths(E, constant);
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  if (sum == 0) return 0;
  double entropy = 0;
  for (const double v : all)
    if (const double q = v / sum; q > 0) entropy -= q * std::log(q);
  return std::exp(entropy);
}

std::int64_t edges_holding(const Matrix& E, std::int64_t constant, double share) {
  if (!(share >= 0 && share <= 1)) throw UsageError(fmt::format("edges holding: share {} given, wanted 0 to 1", share));
  std::vector<double> all = strengths(E, constant);
  std::ranges::sort(all, std::greater<>());
  const double wanted = share * std::accumulate(all.begin(), all.end(), 0.0);
  double sum = 0;
  std::int64_t count = 0;
  while (count < std::ssize(all) && sum < wanted) sum += all[std::size_t(count++)];
  return count;
}

}  // namespace basin::interp
