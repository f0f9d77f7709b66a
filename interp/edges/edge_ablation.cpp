#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "interp/edges/ablation.h"
#include "interp/edges/feature_program.h"
#include "interp/edges/features.h"
#include "interp/edges/masked_section.h"

namespace basin::interp {

struct EdgeAblation::State {
  Matrix E;
  std::int64_t constant;
  std::int64_t untruncated;
  const Scoring scoring;
  FeatureTable table;
  std::vector<MaskedSection> sections;  // by worker
  std::vector<FeatureProgram> rest;
  double base;
  std::vector<double> sorted;  // counted edges, descending

  int threads() const { return int(sections.size()); }
};

EdgeAblation::EdgeAblation(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t section, Matrix E,
                           const Inputs& inputs, const Scoring& scoring, const SweepOptions& options) {
  if (section < 0 || section >= model.sections())
    throw UsageError(fmt::format("edge ablation: section {} given, wanted 0 to {}", section, model.sections() - 1));
  const Basis &from = bases[section], &to = bases[section + 1];
  const Shape wanted{to.features(), from.features()};
  if (!(E.shape == wanted))
    throw ShapeError(fmt::format("edge ablation: edges {} given, wanted {}", E.shape.str(), wanted.str()));
  for (std::int64_t i = 0; i < E.rows(); ++i)
    for (std::int64_t j = 0; j < E.cols(); ++j)
      if (!std::isfinite(E(i, j)))
        throw NumericalError(fmt::format("edge ablation: the edge from feature {} to feature {} is {}", j, i, E(i, j)));
  for (double& v : E.data) v = std::abs(v);
  state_ = std::make_unique<State>(State{.E = std::move(E),
                                         .constant = from.constant,
                                         .untruncated = model.width(section) * model.width(section + 1),
                                         .scoring = scoring,
                                         .table = FeatureTable(model, section, from.C, inputs, options),
                                         .sections = {},
                                         .rest = {},
                                         .base = base_score(model, inputs, scoring, options),
                                         .sorted = {}});
  State& s = *state_;
  for (int i = 0; i < std::max(1, options.threads); ++i) {
    s.sections.emplace_back(model, section, from.C_pinv, to.C, options.precision);
    s.rest.emplace_back(model, section + 1, to.C_pinv, options.precision);
  }
  for (std::int64_t i = 0; i < s.E.rows(); ++i)
    for (std::int64_t j = 0; j < s.E.cols(); ++j)
      if (j != s.constant) s.sorted.push_back(s.E(i, j));
  std::ranges::sort(s.sorted, std::greater<>());
}

EdgeAblation::~EdgeAblation() = default;
EdgeAblation::EdgeAblation(EdgeAblation&&) noexcept = default;

double EdgeAblation::base() const { return state_->base; }
std::int64_t EdgeAblation::edges() const { return std::ssize(state_->sorted); }
std::int64_t EdgeAblation::edges_untruncated() const { return state_->untruncated; }

double EdgeAblation::smallest_kept(std::int64_t kept) const {
  return kept <= 0 ? 0 : state_->sorted[std::min(kept, edges()) - 1];
}

Matrix EdgeAblation::mask(std::int64_t kept) const {
  const double least = smallest_kept(kept);
  Matrix m(state_->E.shape);
  for (std::int64_t i = 0; i < m.rows(); ++i)
    for (std::int64_t j = 0; j < m.cols(); ++j)
      m(i, j) = j == state_->constant || (kept > 0 && state_->E(i, j) >= least);
  return m;
}

double EdgeAblation::score(const Matrix& mask) {
  State& s = *state_;
  if (!(mask.shape == s.E.shape))
    throw ShapeError(fmt::format("edge ablation: a mask {} given, wanted {}", mask.shape.str(), s.E.shape.str()));
  return s.table.mean_score(s.threads(), s.scoring, [&](const Matrix& features, int worker) {
    return s.rest[worker].run(s.sections[worker].run(features, mask).data);
  });
}

AblationCurve EdgeAblation::curve(const AblationOptions& options) {
  AblationCurve curve{.base = base()};
  for (const std::int64_t wanted : options.schedule.of(edges_untruncated())) {
    const std::int64_t kept = std::min(wanted, edges());
    if (!curve.points.empty() && curve.points.back().kept == kept) continue;
    curve.points.push_back({kept, score(mask(kept))});
    if (options.stop_at > 0 && std::abs(curve.points.back().score - curve.base) > options.stop_at) break;
  }
  return curve;
}

Bisection EdgeAblation::bisect(double delta) {
  return fewest(
      edges_untruncated(), base(), [&](std::int64_t kept) { return score(mask(kept)); },
      [&](double score) { return state_->scoring.holds(score, base(), delta); });
}

}  // namespace basin::interp
