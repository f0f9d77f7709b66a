#include "interp/conditional.h"

#include <algorithm>

#include "core/lapack.h"
#include "interp/jacobian_kernel.h"
#include "interp/parameter_moves.h"
#include "interp/pattern_moves.h"

namespace basin::interp {
namespace {

// What the row spaces of the J^l see of the moves, [moves, N]: a move without its part in the null spaces.
Matrix seen_by_layers(Matrix moves, const std::vector<JacobianKernel>& kernels) {
  std::int64_t first = 0;
  for (const JacobianKernel& kernel : kernels) {
    const std::int64_t count = kernel.basis.cols();
    const Matrix unseen = matmul(matmul(columns_of(moves, first, count), kernel.basis, false, true), kernel.basis);
    for (std::int64_t e = 0; e < moves.rows(); ++e)
      for (std::int64_t j = 0; j < count; ++j) moves(e, first + j) -= unseen(e, j);
    first += count;
  }
  return moves;
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
  const std::vector<JacobianKernel> kernels = layer_kernels(network, inputs, options.tolerance, options.sweep);
  std::int64_t within_layers = net.parameters();
  for (const JacobianKernel& kernel : kernels) {
    bound.layer_ranks.push_back(kernel.rank);
    within_layers -= kernel.rank.rank;
  }
  const Matrix seen = seen_by_layers(parameter_moves(net, blocks), kernels);
  const Matrix more = seen_by_layers(pattern_moves(net, firing, options.tolerance), kernels);
  bound.gauge = decide_rank(singular_values(seen), options.tolerance);
  bound.patterns = decide_rank(singular_values(stacked(seen, more)), options.tolerance);
  bound.lower_bound = within_layers + bound.gauge.rank;
  bound.lower_bound_patterns = within_layers + bound.patterns.rank;
  return bound;
}

}  // namespace basin::interp
