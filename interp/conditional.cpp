#include "interp/conditional.h"

#include <algorithm>

#include "interp/layer_jacobian.h"
#include "interp/parameter_moves.h"
#include "interp/pattern_moves.h"

namespace basin::interp {
namespace {

// The moves in the coordinates of the row spaces, one behind the other, [moves, sum of ranks].
Matrix seen_by_layers(const Matrix& moves, const std::vector<Matrix>& row_spaces, const ReluNet& net) {
  std::vector<Matrix> parts;
  std::int64_t first = 0, width = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const std::int64_t count = net.parameters(l);
    parts.push_back(matmul(columns_of(moves, first, count), row_spaces[l]));
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

Matrix stacked(Matrix above, const Matrix& below) {
  above.data.insert(above.data.end(), below.data.begin(), below.data.end());
  return {{above.shape[0] + below.shape[0], above.shape[1]}, std::move(above.data)};
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
  const NetworkFactors firing = network_factors(net, x, options.sweep);
  const std::vector<FiringBlock> blocks = hidden_blocks(net, firing);
  ConditionalBound bound{.layer_ranks = {}, .gauge = {}, .relations = mask_relations(net, firing, blocks)};
  std::vector<Matrix> row_spaces;
  std::int64_t within_layers = net.parameters();
  for (const StreamingQr& factor : layer_jacobian_factors(network, inputs, options.sweep)) {
    bound.layer_ranks.push_back(factor.rank(options.tolerance));
    row_spaces.push_back(factor.row_space(options.tolerance));
    within_layers -= bound.layer_ranks.back().rank;
  }
  const Matrix seen = seen_by_layers(parameter_moves(net, blocks), row_spaces, net);
  const Matrix more = seen_by_layers(pattern_moves(net, firing, options.tolerance), row_spaces, net);
  bound.gauge = decide_rank(singular_values(seen), options.tolerance);
  bound.patterns = decide_rank(singular_values(stacked(seen, more)), options.tolerance);
  bound.lower_bound = within_layers + bound.gauge.rank;
  bound.lower_bound_patterns = within_layers + bound.patterns.rank;
  return bound;
}

}  // namespace basin::interp
