#include "interp/degeneracy/model_degeneracy.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "interp/degeneracy/independent_moves.h"
#include "interp/degeneracy/low_rank_moves.h"

namespace basin::interp {
namespace {

Reading count_low(const Matrix& r, const Matrix& directions, const Ruler& ruler) {
  if (directions.rows() == 0) return {};
  const std::vector<double> values = singular_values(matmul(r, directions, false, true));
  const auto low = [&](double level) {
    const auto below = std::ranges::count_if(values, [&](double v) { return v <= level * ruler.scale; });
    return directions.rows() - std::ssize(values) + below;  // with fewer rows than directions the others are 0
  };
  return {low(ruler.rounding), low(ruler.tolerance)};
}

double largest_residual(const Matrix& r, const Matrix& moves, double scale) {
  const Matrix seen = matmul(moves, r, false, true);
  double largest = 0;
  for (std::int64_t e = 0; e < moves.rows(); ++e) {
    double image = 0, length = 0;
    for (const double v : seen.row(e)) image += v * v;
    for (const double v : moves.row(e)) length += v * v;
    if (length > 0) largest = std::max(largest, std::sqrt(image / length) / scale);
  }
  return largest;
}

Reading minus(const Reading& a, const Reading& b) {
  return {a.at_rounding - b.at_rounding, a.at_tolerance - b.at_tolerance};
}

// Key biases, then what single weights explain, then what holds between weights.
std::vector<MoveFamily> all_families(const ModelPoint& model, const ScaledModelJacobian& J, const TracedSpaces& traced,
                                     const Ruler& ruler) {
  std::vector<MoveFamily> changes = basis_changes(model, traced);
  const auto keys = std::ranges::find(changes, "key biases", &MoveFamily::label);
  if (keys != changes.end()) std::rotate(changes.begin(), keys, keys + 1);
  std::vector<MoveFamily> low = low_rank_moves(J, traced, ruler);
  changes.insert(changes.begin() + (keys != changes.end() ? 1 : 0), std::make_move_iterator(low.begin()),
                 std::make_move_iterator(low.end()));
  std::erase_if(changes, [](const MoveFamily& family) { return family.moves.rows() == 0; });
  return changes;
}

void explain(ModelSubject& s, const Ruler& ruler) {
  IndependentMoves all(s.jacobian.parameters());
  Reading before{};
  for (const MoveFamily& family : s.families) {
    const Matrix moves = s.jacobian.in_columns(family.moves);
    IndependentMoves alone(s.jacobian.parameters());
    alone.add(moves);
    all.add(alone.basis());
    const Reading now = count_low(s.jacobian.r, all.basis(), ruler);
    s.found.families.push_back({.label = family.label,
                                .moves = moves.rows(),
                                .own = count_low(s.jacobian.r, alone.basis(), ruler),
                                .gained = minus(now, before),
                                .residual = largest_residual(s.jacobian.r, moves, ruler.scale)});
    before = now;
  }
}

}  // namespace

Reading ModelDegeneracy::bound() const {
  Reading sum{};
  for (const ExplainedFamily& family : families)
    sum = {sum.at_rounding + family.gained.at_rounding, sum.at_tolerance + family.gained.at_tolerance};
  return sum;
}

const ExplainedFamily* ModelDegeneracy::family(std::string_view label) const {
  const auto found = std::ranges::find(families, label, &ExplainedFamily::label);
  return found == families.end() ? nullptr : &*found;
}

ModelSubject model_subject(const ModelPoint& model, const Inputs& data, const DegeneracyOptions& options) {
  ModelSubject s{.jacobian = scaled_model_jacobian(model, data, options.sweep)};
  s.singular_values = singular_values(s.jacobian.r);
  s.found = {.parameters = model.parameter_count(),
             .samples = s.jacobian.samples,
             .outputs = s.jacobian.outputs,
             .tolerance = options.tolerance,
             .jacobian = decide_rank(s.singular_values, options.tolerance)};
  const Ruler ruler{.tolerance = options.tolerance, .scale = s.found.jacobian.scale};
  const TracedSpaces traced = traced_spaces(model, data, options.sweep);
  s.found.relations = traced.relations;
  s.families = all_families(model, s.jacobian, traced, ruler);
  explain(s, ruler);
  return s;
}

std::vector<NoticedAt> noticed_at(const ModelSubject& s, const std::vector<double>& epsilons) {
  std::vector<NoticedAt> all;
  for (const double epsilon : epsilons) {
    NoticedAt at{.epsilon = epsilon};
    const double cutoff = epsilon * s.found.jacobian.scale * s.found.jacobian.scale;
    for (const double v : s.singular_values) {
      if (v > 0) at.n_eff += v * v / (v * v + cutoff);
      at.rank += v * v > cutoff;
    }
    all.push_back(at);
  }
  return all;
}

ModelDegeneracy model_degeneracy(const ModelPoint& model, const Inputs& data, const DegeneracyOptions& options) {
  return model_subject(model, data, options).found;
}

}  // namespace basin::interp
