#include "interp/edges/features.h"

#include <algorithm>
#include <numeric>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/parallel.h"

namespace basin::interp {

FeatureTable::FeatureTable(const FoldedModel& model, std::int64_t layer, const Matrix& C, const Inputs& inputs,
                           const SweepOptions& options)
    : features_(C.cols()), positions_(model.positions(layer)), chunk_(options.chunk) {
  const SweepPlan plan = plan_sweep(inputs, options);
  samples_ = plan.samples;
  chunks_.resize(plan.chunks);
  SweepSpec spec;
  spec.derive = [&](Graph& graph) { return std::vector<Var>{matmul(model.node(graph, layer), graph.constant(C))}; };
  sweep(model.model(), inputs, spec, options,
        [&](const Chunk& chunk) { chunks_[chunk.first / chunk_] = chunk.table(0); });
}

Matrix FeatureTable::values() const {
  Matrix all({0, features_});
  for (const Matrix& chunk : chunks_) all.data.insert(all.data.end(), chunk.data.begin(), chunk.data.end());
  all.shape[0] = samples_ * positions_;
  return all;
}

double FeatureTable::mean_score(int threads, const Scoring& scoring, const Outputs& outputs) const {
  std::vector<double> sums(chunks_.size());
  parallel_for(threads, std::ssize(chunks_), [&](std::int64_t c, int worker) {
    if (interrupted()) throw Interrupted("ablation: stopped by a signal");
    const std::span<const double> out = outputs(chunks_[c], worker);
    const std::int64_t rows = chunks_[c].rows() / positions_;
    sums[c] = scoring.sum(c * chunk_, Matrix({rows, std::ssize(out) / rows}, {out.begin(), out.end()}));
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0) / double(samples_);
}

double base_score(const FoldedModel& model, const Inputs& inputs, const Scoring& scoring, const SweepOptions& options) {
  const SweepPlan plan = plan_sweep(inputs, options);
  scoring.validate("ablation", plan.samples, model.width(model.sections()));
  std::vector<double> sums(plan.chunks);
  sweep(model.model(), inputs,
        {.derive = [&](Graph& graph) { return std::vector<Var>{model.value(graph, model.sections())}; }}, options,
        [&](const Chunk& chunk) { sums[chunk.first / options.chunk] = scoring.sum(chunk.first, chunk.table(0)); });
  return std::accumulate(sums.begin(), sums.end(), 0.0) / double(plan.samples);
}

}  // namespace basin::interp
