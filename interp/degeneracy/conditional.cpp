#include "interp/degeneracy/conditional.h"

#include <algorithm>

#include "core/lapack.h"
#include "interp/degeneracy/independent_moves.h"
#include "interp/degeneracy/parameter_moves.h"
#include "interp/degeneracy/pattern_moves.h"

namespace basin::interp {
namespace {

Matrix stacked(Matrix above, const Matrix& below) {
  above.data.insert(above.data.end(), below.data.begin(), below.data.end());
  above.shape = {above.shape[0] + below.shape[0], above.shape[1]};
  return above;
}

// Counts what the moves add to the null spaces of the layers.
class NullMoves {
 public:
  NullMoves(const Subject& s, const std::vector<LowSpace>& spaces, const Ruler& ruler)
      : s_(s),
        spaces_(spaces),
        ruler_(ruler),
        all_(seen(spaces, Matrix({0, s.jacobian.columns()}))),
        basis_(all_.cols()) {}

  // Directions of all parameters, as the row spaces of the J^l see them: without their parts in the null spaces.
  void add(const Matrix& directions) {
    all_ = stacked(std::move(all_), seen(spaces_, in_columns(s_.jacobian, directions)));
  }

  // Says the rank of all directions so far, and how many are null.
  std::int64_t count(RankDecision& rank) {
    rank = decide_rank(singular_values(all_), IndependentMoves::ruler);
    basis_.add(all_);
    const std::vector<double> along = singular_values_along(s_.jacobian, spaces_, basis_.basis(), s_.threads());
    return std::ranges::count_if(along, [&](double v) { return v <= ruler_.tolerance * ruler_.scale; });
  }

 private:
  const Subject& s_;
  const std::vector<LowSpace>& spaces_;
  Ruler ruler_;
  Matrix all_;
  IndependentMoves basis_;
};

Ruler at(Ruler ruler, double tolerance) {
  ruler.tolerance = tolerance;
  return ruler;
}

}  // namespace

double ConditionalBound::smallest_gap() const {
  double gap = gauge.gap;
  for (const RankDecision& rank : layer_ranks) gap = std::min(gap, rank.gap);
  return gap;
}

ConditionalBound conditional_bound(const Subject& s, double tolerance) {
  const ReluNet& net = s.net();
  const std::int64_t layers = net.layers();
  const Ruler ruler = shared_ruler(s, tolerance);
  ConditionalBound bound{
      .layer_ranks = {}, .gauge = {}, .lower_bound = 0, .relations = mask_relations(net, s.factors, s.blocks)};
  std::vector<LowSpace> spaces;
  std::int64_t within_layers = net.parameters();
  for (std::int64_t l = 0; l < layers; ++l) {
    spaces.push_back(s.low_space(l, ruler.tolerance * ruler.scale));
    bound.layer_ranks.push_back(decide_rank(spaces.back().values, ruler));
    bound.decided &= bound.layer_ranks.back().decided();
    within_layers -= std::ssize(spaces.back().values) - spaces.back().low;
  }
  NullMoves moves(s, spaces, ruler);
  const auto add = [&](const Matrix& directions) { moves.add(directions); };
  visit_parameter_moves(net, s.blocks, s.jacobian.center, add);
  bound.lower_bound = within_layers + moves.count(bound.gauge);
  bound.patterns = bound.gauge;
  bound.lower_bound_patterns = bound.lower_bound;
  if (bound.lower_bound < s.net().parameters() - decide_rank(s.singular_values, at(s.ruler, tolerance)).rank) {
    bound.patterns_sought = visit_pattern_moves(net, s.factors, layer_ranges(s, tolerance), tolerance, add);
    bound.lower_bound_patterns = within_layers + moves.count(bound.patterns);
  }
  return bound;
}

ConditionalBound conditional_bound(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return conditional_bound(subject(net, x, options), options.tolerance);
}

}  // namespace basin::interp
