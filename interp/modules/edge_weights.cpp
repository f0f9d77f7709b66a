#include "interp/modules/edge_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace basin::interp {
namespace {

constexpr std::array<std::string_view, 6> weight_names{"identity", "sqrt", "abs", "max", "log", "node-log"};

void divide(Matrix& a, double by) {
  for (double& v : a.data) v = by > 0 ? v / by : 0;
}

// Each column j of a times sqrt(E_ij) over the sum of its column.
void share_outputs(Matrix& a, const Matrix& E) {
  for (std::int64_t j = 0; j < E.cols(); ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < E.rows(); ++i) sum += std::sqrt(E(i, j));
    for (std::int64_t i = 0; i < E.rows(); ++i) a(i, j) *= sum > 0 ? std::sqrt(E(i, j)) / sum : 0;
  }
}

}  // namespace

EdgeWeight edge_weight_from(std::string_view name) {
  const auto found = std::ranges::find(weight_names, name);
  if (found == weight_names.end())
    throw UsageError(fmt::format("edge weight: '{}' given, wanted identity, sqrt, abs, max, log or node-log", name));
  return EdgeWeight(found - weight_names.begin());
}

std::string_view name_of(EdgeWeight weight) { return weight_names[std::size_t(weight)]; }

LayeredGraph weighted(const LayeredGraph& interactions, EdgeWeight weight, const std::vector<double>& cutoffs) {
  interactions.validate("edge weight");
  const bool logarithm = weight == EdgeWeight::log || weight == EdgeWeight::node_log;
  if (logarithm == cutoffs.empty())
    throw UsageError(fmt::format("edge weight: {} cut-offs given for {}, wanted {}", cutoffs.size(), name_of(weight),
                                 logarithm ? "one, or one for each pair of layers" : "none"));
  LayeredGraph result = interactions;
  if (logarithm) {
    const bool one = cutoffs.size() == 1;
    result = log_weights(interactions, one ? std::vector<double>(interactions.edges.size(), cutoffs[0]) : cutoffs);
  }
  double all = 0;
  for (const Matrix& E : interactions.edges) all += std::accumulate(E.data.begin(), E.data.end(), 0.0);
  if (weight == EdgeWeight::abs && !std::isfinite(all))
    throw NumericalError("edge weight: the weights add up to more than a double holds; help: max does not add them up");
  for (std::size_t l = 0; l < result.edges.size(); ++l) {
    Matrix& E = result.edges[l];
    if (weight == EdgeWeight::sqrt)
      for (double& v : E.data) v = std::sqrt(v);
    if (weight == EdgeWeight::abs) divide(E, all);
    if (weight == EdgeWeight::max) divide(E, E.size() ? std::ranges::max(E.data) : 0);
    if (weight == EdgeWeight::node_log) share_outputs(E, interactions.edges[l]);
  }
  return result;
}

}  // namespace basin::interp
