#include "interp/conditional.h"

#include <algorithm>

#include "core/lapack.h"
#include "interp/parameter_moves.h"
#include "interp/pattern_moves.h"

namespace basin::interp {
namespace {

// Of moves of length 1: what is left of them outside the directions known before. Rounding of 1e-16 in a move is then
// below 1e-9 of the direction that is left of it.
constexpr Ruler independent{.tolerance = 1e-7, .rounding = 1e-13, .scale = 1};

// What the row spaces of the J^l see of the moves: a move without its part in their null spaces.
Matrix seen_by_layers(Matrix moves, const std::vector<LowSpace>& spaces) {
  std::int64_t first = 0;
  for (const LowSpace& space : spaces) {
    const auto count = std::int64_t(space.values.size());
    Matrix part = columns_of(moves, first, count);
    space.project_away_low(part);
    for (std::int64_t e = 0; e < moves.rows(); ++e) std::ranges::copy(part.row(e), moves.row(e).begin() + first);
    first += count;
  }
  return moves;
}

Matrix stacked(Matrix above, const Matrix& below) {
  above.data.insert(above.data.end(), below.data.begin(), below.data.end());
  above.shape = {above.shape[0] + below.shape[0], above.shape[1]};
  return above;
}

// Counts what the moves add to the null spaces of the layers.
class Moves {
 public:
  Moves(const Subject& s, const std::vector<LowSpace>& spaces, const Ruler& ruler)
      : s_(s), spaces_(spaces), ruler_(ruler), all_({0, s.jacobian.columns()}), basis_(all_) {}

  // Adds directions of all parameters; says their rank, with those before, and how many directions are null by now.
  std::int64_t add(const Matrix& directions, RankDecision& rank) {
    all_ = stacked(std::move(all_), seen_by_layers(in_columns(s_.jacobian, directions), spaces_));
    rank = decide_rank(singular_values(all_), independent);
    extend(all_);
    const std::int64_t null = count_null(basis_, ruler_.tolerance);
    decided_ = decided_ && null == count_null(as_left(), ruler_.rounding);
    return null;
  }

  bool decided() const { return decided_; }

 private:
  // Appends orthonormal rows for what `rows` add to the span, with their lengths: what was left of moves of length 1.
  void extend(Matrix rows) {
    for (int twice = 0; twice < 2; ++twice) project_away(basis_, rows);
    Svd parts = svd(std::move(rows));
    const std::int64_t rank = decide_rank(parts.s, independent).rank, columns = basis_.shape[1];
    basis_.data.insert(basis_.data.end(), parts.Vt.data.begin(), parts.Vt.data.begin() + rank * columns);
    basis_.shape = {basis_.shape[0] + rank, columns};
    for (std::int64_t i = 0; i < rank; ++i) left_.push_back(std::min(parts.s[i], 1.0));
  }

  // The basis as it was left of the moves. Moves are null to rounding; so is what is left of one, whatever its length,
  // while the direction of a short rest is known less well.
  Matrix as_left() const {
    Matrix rows = basis_;
    for (std::int64_t i = 0; i < rows.shape[0]; ++i)
      for (double& v : rows.row(i)) v *= left_[i];
    return rows;
  }

  std::int64_t count_null(const Matrix& rows, double level) const {
    const std::vector<double> along = singular_values_along(s_.jacobian, rows, s_.threads());
    return std::ranges::count_if(along, [&](double v) { return v <= level * ruler_.scale; });
  }

  const Subject& s_;
  const std::vector<LowSpace>& spaces_;
  Ruler ruler_;
  Matrix all_, basis_;
  std::vector<double> left_;
  bool decided_ = true;
};

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
    spaces.push_back(low_space(s.jacobian.layer(l), ruler.tolerance * ruler.scale, s.threads()));
    bound.layer_ranks.push_back(decide_rank(spaces.back().values, ruler));
    bound.decided &= bound.layer_ranks.back().decided();
    within_layers -= std::ssize(spaces.back().values) - spaces.back().low;
  }
  Moves moves(s, spaces, ruler);
  bound.lower_bound = within_layers + moves.add(parameter_moves(net, s.blocks, s.jacobian.center), bound.gauge);
  const Matrix related = pattern_moves(net, s.factors, layer_ranges(s, tolerance), tolerance);
  bound.lower_bound_patterns = within_layers + moves.add(related, bound.patterns);
  bound.decided = bound.decided && moves.decided();
  return bound;
}

ConditionalBound conditional_bound(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return conditional_bound(subject(net, x, options), options.tolerance);
}

}  // namespace basin::interp
