#include "interp/conditional.h"

#include <algorithm>

#include "interp/layer_jacobian.h"
#include "interp/parameter_moves.h"

namespace basin::interp {
namespace {

// The moves in the coordinates of the row spaces, one behind the other, [moves, sum of ranks].
Matrix seen_by_layers(const Matrix& moves, const std::vector<StreamingQr>& factors, const ReluNet& net,
                      double tolerance) {
  std::vector<Matrix> parts;
  std::int64_t first = 0, width = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const std::int64_t count = net.weights[l].rows() * (net.weights[l].cols() + 1);
    parts.push_back(matmul(columns_of(moves, first, count), factors[l].row_space(tolerance)));
    first += count;
    width += parts.back().shape[1];
  }
  Matrix seen({moves.shape[0], width});
  for (std::int64_t e = 0; e < moves.shape[0]; ++e) {
    auto to = seen.row(e).begin();
    for (const Matrix& part : parts) to = std::ranges::copy(part.row(e), to).out;
  }
  return seen;
}

}  // namespace

double ConditionalBound::smallest_gap() const {
  double gap = gauge.gap;
  for (const RankDecision& rank : layer_ranks) gap = std::min(gap, rank.gap);
  return gap;
}

ConditionalBound conditional_bound(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  net.validate("conditional_bound");
  const DenseNetwork network = dense_network(net);
  const Inputs inputs{{"x", x}};
  const Matrix moves = parameter_moves(net, hidden_blocks(net, network_factors(network, inputs, options.sweep)));
  const std::vector<StreamingQr> factors = layer_jacobian_factors(network, inputs, options.sweep);
  const Matrix seen = seen_by_layers(moves, factors, net, options.tolerance);
  ConditionalBound bound{.layer_ranks = {}, .gauge = decide_rank(singular_values(seen), options.tolerance)};
  bound.lower_bound = net.parameters() + bound.gauge.rank;
  for (const StreamingQr& factor : factors) {
    bound.layer_ranks.push_back(factor.rank(options.tolerance));
    bound.lower_bound -= bound.layer_ranks.back().rank;
  }
  return bound;
}

}  // namespace basin::interp
