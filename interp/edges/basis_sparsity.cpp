#include "interp/edges/basis_sparsity.h"

#include <algorithm>
#include <cmath>

#include "interp/edges/edges.h"
#include "interp/edges/features.h"
#include "interp/edges/sparsity.h"

namespace basin::interp {
namespace {

constexpr double rounding = 1e-14;  // of the largest edge

std::int64_t above_rounding(const Matrix& E, std::int64_t constant) {
  double largest = 0;
  for (const double e : E.data) largest = std::max(largest, std::abs(e));
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < E.rows(); ++i)
    for (std::int64_t j = 0; j < E.cols(); ++j) count += j != constant && std::abs(E(i, j)) > rounding * largest;
  return count;
}

std::int64_t without_constant(const Basis& basis) { return basis.features() - (basis.constant >= 0); }

// Or more of them.
bool is_a_sample(double share, std::int64_t samples) { return share + Scoring::count_rounding >= 1 / double(samples); }

}  // namespace

std::optional<Requirement> share_of_the_way(const FoldedModel& model, const Inputs& inputs, const Scoring& scoring,
                                            double share, const SweepOptions& options) {
  const double base = base_score(model, inputs, scoring, options);
  const Requirement found{scoring, share * std::abs(scoring.of_constant() - base)};
  if (scoring.kind == ScoreKind::accuracy && !is_a_sample(found.delta, scoring.samples())) return std::nullopt;
  return found;
}

std::optional<Requirement> accuracy_within(const Tensor<double>& labels, double delta) {
  if (!is_a_sample(delta, labels.size())) return std::nullopt;
  return Requirement{{ScoreKind::accuracy, labels}, delta};
}

std::vector<SectionSparsity> basis_sparsity(const FoldedModel& model, const BasisOptions& options, const Inputs& inputs,
                                            const std::vector<Requirement>& requirements) {
  const std::vector<Basis> bases = interaction_bases(model, inputs, options);
  const std::vector<Matrix> E =
      interaction_edges(model, bases, inputs, {.rules = options.rules, .sweep = options.sweep});
  return basis_sparsity(model, bases, E, inputs, requirements, options.sweep);
}

std::vector<SectionSparsity> basis_sparsity(const FoldedModel& model, const std::vector<Basis>& bases,
                                            const std::vector<Matrix>& E, const Inputs& inputs,
                                            const std::vector<Requirement>& requirements, const SweepOptions& options) {
  std::vector<SectionSparsity> all;
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    const std::int64_t constant = bases[l].constant;
    SectionSparsity& s = all.emplace_back(SectionSparsity{.features = without_constant(bases[l]),
                                                          .targets = without_constant(bases[l + 1]),
                                                          .edges = (E[l].cols() - (constant >= 0)) * E[l].rows(),
                                                          .above_rounding = above_rounding(E[l], constant),
                                                          .effective = effective_edges(E[l], constant)});
    for (const Requirement& r : requirements)
      s.required.push_back(EdgeAblation(model, bases, l, E[l], inputs, r.scoring, options).bisect(r.delta).required);
  }
  return all;
}

}  // namespace basin::interp
