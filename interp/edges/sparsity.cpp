#include "interp/edges/sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace basin::interp {
namespace {

std::vector<double> strengths(const Matrix& E, bool constant_first) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < E.rows(); ++i)
    for (std::int64_t j = constant_first; j < E.cols(); ++j) all.push_back(std::abs(E(i, j)));
  return all;
}

}  // namespace

double effective_edges(const Matrix& E, bool constant_first) {
  const std::vector<double> all = strengths(E, constant_first);
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  if (sum == 0) return 0;
  double entropy = 0;
  for (const double v : all)
    if (v > 0) entropy -= v / sum * std::log(v / sum);
  return std::exp(entropy);
}

std::int64_t edges_holding(const Matrix& E, bool constant_first, double share) {
  if (!(share >= 0 && share <= 1)) throw UsageError(fmt::format("edges holding: share {} given, wanted 0 to 1", share));
  std::vector<double> all = strengths(E, constant_first);
  std::ranges::sort(all, std::greater<>());
  const double wanted = share * std::accumulate(all.begin(), all.end(), 0.0);
  double sum = 0;
  std::int64_t count = 0;
  while (count < std::ssize(all) && sum < wanted) sum += all[std::size_t(count++)];
  return count;
}

}  // namespace basin::interp
