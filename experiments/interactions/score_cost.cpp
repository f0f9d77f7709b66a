#include "experiments/interactions/score_cost.h"

#include <algorithm>
#include <cmath>

#include "interp/edges/ablation.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

constexpr int scores_tried = 10;

// pass(rows, their scoring, number of scores): what `scores` of them take.
template <class Pass>
PassCost of_scores(const Options& o, const ScoredRows& rows, double scores, const Pass& pass) {
  const auto with = [&](int few) {
    return pass_cost(
        o, rows_of(rows.inputs, "cost"),
        [&](const Places& some) {
          const Inputs targets = interp::rows_at({{"targets", rows.scoring.targets}}, some);
          pass(interp::rows_at(rows.inputs, some), interp::Scoring{rows.scoring.kind, targets.at("targets")}, few);
        },
        rows.tried.basis.sweep);
  };
  const PassCost without = with(0), few = with(scores_tried);
  const double each = std::max(0.0, few.seconds - without.seconds) / scores_tried;
  return {.seconds = without.seconds + scores * each, .bytes = without.bytes + few.bytes};
}

double bisections(std::int64_t n) { return std::ceil(std::log2(double(std::max<std::int64_t>(n, 2)))); }

// Points of a curve at which something is cut off.
double points_below(const interp::Schedule& schedule, std::int64_t n, std::int64_t there) {
  return double(std::ranges::count_if(schedule.of(n), [&](std::int64_t kept) { return kept < there; }));
}

}  // namespace

PassCost edge_score_cost(const Options& o, const ScoredRows& rows, std::int64_t section,
                         const interp::Schedule* curve) {
  const Interactions& i = rows.tried;
  const std::int64_t all = i.model.width(section) * i.model.width(section + 1), there = i.E[section].size();
  const double scores = bisections(all) + (curve ? 1 + points_below(*curve, all, there) : 0);
  return of_scores(o, rows, scores, [&](const Inputs& some, const interp::Scoring& scoring, int few) {
    interp::EdgeAblation edges(i.model, i.bases, section, i.E[section], some, scoring, i.basis.sweep);
    for (int s = 0; s < few; ++s) edges.score(edges.mask(edges.edges() / (s + 2)));
  });
}

PassCost node_score_cost(const Options& o, const ScoredRows& rows, std::int64_t layer, const interp::Schedule& curve,
                         bool orthogonal) {
  const Interactions& i = rows.tried;
  const interp::Basis& basis = i.bases[layer];
  const std::int64_t width = i.model.width(layer), there = orthogonal ? basis.W.cols() : basis.features();
  const double scores = bisections(width) + points_below(curve, width, there);
  return of_scores(o, rows, scores, [&](const Inputs& some, const interp::Scoring& scoring, int few) {
    interp::AblationOptions asked;
    asked.schedule.kind = interp::Schedule::Kind::points;
    asked.sweep = i.basis.sweep;
    for (const bool bisection : {true, false}) {  // both begin with the features of all rows and a base
      for (int kept = 1; kept <= few && !bisection; ++kept) asked.schedule.kept.push_back(kept);
      interp::node_ablation(i.model, i.bases, layer, some, scoring, asked, orthogonal);
    }
  });
}

}  // namespace basin::experiments
