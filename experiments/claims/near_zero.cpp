#include "experiments/claims/near_zero.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/rank.h"

namespace basin::experiments {

double logarithms_cost(int k, double epsilon, double smaller) {
  const double from = -std::log(epsilon), to = -std::log(smaller);
  return 2 * k * std::log(to / from) / (to - from);
}

Covers best_covers(std::int64_t nodes, std::span<const interp::Edge> edges) {
  std::vector<std::vector<double>> best;  // in halves
  double least = 2 * double(nodes) + 1;
  std::vector<double> y(nodes, 0.0);
  const auto covers = [&](const interp::Edge& e) { return y[e.a] + y[e.b] >= 2; };
  for (bool more = true; more;) {
    double sum = 0;
    for (const double v : y) sum += v;
    if (sum <= least && std::ranges::all_of(edges, covers)) {
      if (sum < least) best.clear();
      least = sum;
      best.push_back(y);
    }
    const auto digit = std::ranges::find_if(y, [](double v) { return v < 2; });  // counts in base 3
    more = digit != y.end();
    std::fill(y.begin(), digit, 0.0);
    if (more) *digit += 1;
  }
  Matrix differences({std::int64_t(best.size()), nodes});
  for (std::size_t i = 0; i < best.size(); ++i)
    for (std::int64_t j = 0; j < nodes; ++j) differences(i, j) = best[i][j] - best[0][j];
  return {.least = least / 2, .dimension = int(decide_rank(singular_values(differences)).rank)};
}

}  // namespace basin::experiments
