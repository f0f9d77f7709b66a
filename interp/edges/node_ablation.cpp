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

struct Ablated {
  const FeatureTable& table;
  const Scoring& scoring;
  std::vector<FeatureProgram> rest;  // by worker
  int threads;

  // The score with the first `kept` features.
  double score(std::int64_t kept) {
    return table.mean_score(threads, scoring, [&](const Matrix& features, int worker) {
      Matrix some = features;
      for (std::int64_t i = 0; i < some.rows(); ++i) std::ranges::fill(some.row(i).subspan(kept), 0.0);
      return rest[worker].run(some.data);
    });
  }
};

}  // namespace

std::int64_t AblationCurve::required(const Scoring& scoring, double delta) const {
  std::int64_t least = points.empty() ? 0 : points.front().kept;
  for (const AblationPoint& p : points) {
    if (!scoring.holds(p.score, base, delta)) break;
    least = p.kept;
  }
  return least;
}

AblationCurve node_ablation(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer,
                            const Inputs& inputs, const Scoring& scoring, const AblationOptions& options,
                            bool orthogonal) {
  if (layer < 0 || layer >= model.sections())
    throw UsageError(fmt::format("node ablation: node layer {} given, wanted 0 to {}", layer, model.sections() - 1));
  const Basis& b = bases[layer];
  const FeatureTable table(model, layer, orthogonal ? b.W : b.C, inputs, options.sweep);
  Ablated ablated{table, scoring, {}, std::max(1, options.sweep.threads)};
  for (int i = 0; i < ablated.threads; ++i) ablated.rest.emplace_back(model, layer, orthogonal ? b.W_pinv : b.C_pinv);
  AblationCurve curve{.base = base_score(model, inputs, scoring, options.sweep)};
  for (const std::int64_t kept : options.schedule.of(model.width(layer))) {
    curve.points.push_back({kept, kept >= table.features() ? curve.base : ablated.score(kept)});
    if (options.stop_at > 0 && std::abs(curve.points.back().score - curve.base) > options.stop_at) break;
  }
  return curve;
}

}  // namespace basin::interp
