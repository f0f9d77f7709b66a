#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/parallel.h"
#include "interp/edges/ablation.h"
#include "interp/edges/feature_program.h"
#include "interp/edges/features.h"

namespace basin::interp {
namespace {

class Ablated {
 public:
  Ablated(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer, const Inputs& inputs,
          const Scoring& scoring, const AblationOptions& options, bool orthogonal)
      : scoring_(scoring),
        threads_(std::max(1, options.sweep.threads)),
        table_(model, checked(model, layer), orthogonal ? bases[layer].W : bases[layer].C, inputs, options.sweep),
        base_(base_score(model, inputs, scoring, options.sweep)) {
    for (int i = 0; i < threads_; ++i)
      rest_.emplace_back(model, layer, orthogonal ? bases[layer].W_pinv : bases[layer].C_pinv, options.sweep.precision);
  }

  double base() const { return base_; }
  // With the first `kept` features.
  double score(std::int64_t kept) {
    if (kept >= table_.features()) return base_;
    return table_.mean_score(threads_, scoring_, [&](const Matrix& features, int worker) {
      Matrix some = features;
      for (std::int64_t i = 0; i < some.rows(); ++i) std::ranges::fill(some.row(i).subspan(kept), 0.0);
      return rest_[worker].run(some.data);
    });
  }

 private:
  static std::int64_t checked(const FoldedModel& model, std::int64_t layer) {
    if (layer < 0 || layer >= model.sections())
      throw UsageError(fmt::format("node ablation: node layer {} given, wanted 0 to {}", layer, model.sections() - 1));
    return layer;
  }
  const Scoring& scoring_;
  int threads_;
  FeatureTable table_;
  double base_;
  std::vector<FeatureProgram> rest_;  // by worker
};

}  // namespace

std::int64_t AblationCurve::required(const Scoring& scoring, double delta) const {
  std::int64_t least = points.empty() ? 0 : points.front().kept + 1;
  for (const AblationPoint& p : points) {
    if (!scoring.holds(p.score, base, delta)) break;
    least = p.kept;
  }
  return least;
}

AblationCurve node_ablation(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer,
                            const Inputs& inputs, const Scoring& scoring, const AblationOptions& options,
                            bool orthogonal) {
  Ablated ablated(model, bases, layer, inputs, scoring, options, orthogonal);
  AblationCurve curve{.base = ablated.base()};
  for (const std::int64_t kept : options.schedule.of(model.width(layer))) {
    curve.points.push_back({kept, ablated.score(kept)});
    if (options.stop_at > 0 && std::abs(curve.points.back().score - curve.base) > options.stop_at) break;
  }
  return curve;
}

Bisection fewest_nodes(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer,
                       const Inputs& inputs, const Scoring& scoring, double delta, const AblationOptions& options,
                       bool orthogonal) {
  Ablated ablated(model, bases, layer, inputs, scoring, options, orthogonal);
  return fewest(
      model.width(layer), ablated.base(), [&](std::int64_t kept) { return ablated.score(kept); },
      [&](double score) { return scoring.holds(score, ablated.base(), delta); });
}

}  // namespace basin::interp
