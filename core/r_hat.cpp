#include "core/r_hat.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/autocorrelation.h"
#include "core/statistics.h"

namespace basin {
namespace {

// The normal score of each number's rank among all (Blom's, as the paper has them); equal numbers have their mean rank.
Matrix normal_scores(const Matrix& of) {
  std::vector<std::pair<double, std::int64_t>> sorted;  // numbers, and where they are
  for (double x : of.data) sorted.emplace_back(x, std::ssize(sorted));
  std::ranges::sort(sorted);
  Matrix scores(of.shape);
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto end = std::find_if(first, sorted.end(), [&](const auto& s) { return s.first != first->first; });
    const double rank = double((first - sorted.begin()) + (end - sorted.begin()) + 1) / 2;
    const double score = normal_quantile((rank - 0.375) / (double(of.size()) + 0.25));
    for (; first != end; ++first) scores[first->second] = score;
  }
  return scores;
}

Matrix distances_from_median(Matrix of) {
  std::vector<double> values = of.data;
  const auto middle = values.begin() + std::ssize(values) / 2;  // the upper of two: chains were split, so n is even
  std::ranges::nth_element(values, middle);
  const double median = (*std::max_element(values.begin(), middle) + *middle) / 2;
  for (double& x : of.data) x = std::abs(x - median);
  return of;
}

double r_hat(const Matrix& chains) {
  const double within = within_variance(chains), between = between_chains(chains).deviation;
  const auto draws = double(chains.cols());
  return std::sqrt((draws - 1) / draws + between * between / within);
}

}  // namespace

double split_r_hat(const Matrix& traces) {
  require_traces("split_r_hat", traces, 4);
  const Matrix halves = split_chains(traces);
  const double bulk = r_hat(normal_scores(halves)), folded = r_hat(normal_scores(distances_from_median(halves)));
  return std::fmax(bulk, folded);  // not NaN while one is a number: two values have one distance from their median
}

}  // namespace basin
