#include "interp/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/parallel.h"
#include "interp/sweep/sweep_worker.h"

namespace basin::interp {
namespace {

class Progress {
 public:
  Progress(const SweepOptions& options, std::int64_t total) : options_(options), total_(total) {}
  void add(std::int64_t rows) {
    if (!options_.progress) return;
    std::lock_guard lock(mutex_);
    options_.progress(done_ += rows, total_);
  }

 private:
  const SweepOptions& options_;
  std::int64_t total_, done_ = 0;
  std::mutex mutex_;
};

}  // namespace

Parameters<double> parameters_from(const std::vector<NamedTensor>& tensors) {
  std::vector<ParameterInfo> infos;
  for (const NamedTensor& t : tensors) infos.push_back({t.name, t.value.shape});
  Parameters<double> all(infos);
  for (const NamedTensor& t : tensors) std::ranges::copy(t.value.data, all[t.name].begin());
  return all;
}

std::vector<NamedTensor> named_tensors(const Parameters<double>& parameters) {
  std::vector<NamedTensor> all;
  for (const auto& s : parameters.slices()) all.push_back({s.name, parameters.tensor(s.name)});
  return all;
}

Matrix Chunk::table(std::size_t value) const {
  const std::int64_t cols = shapes[value].back();
  return {{cols == 0 ? 0 : shapes[value].numel() / cols, cols}, {values[value].begin(), values[value].end()}};
}

SweepPlan plan_sweep(const Inputs& inputs, const SweepOptions& options) {
  if (options.chunk < 1 || options.blocks < 1)
    throw UsageError(
        fmt::format("sweep: chunk {} and blocks {} given, wanted at least 1 of each", options.chunk, options.blocks));
  const std::int64_t samples = rows_of(inputs, "sweep");
  const std::int64_t chunks = (samples - 1) / options.chunk + 1;
  return {samples, chunks, std::min(chunks, options.blocks)};
}

Sweeper::Sweeper(ModelPoint model, SweepSpec spec, SweepOptions options)
    : model_(std::move(model)), spec_(std::move(spec)), options_(std::move(options)) {
  for (int i = 0; i < std::max(1, options_.threads); ++i)
    workers_.push_back(sweep_worker(model_, spec_, options_.precision));
}

Sweeper::~Sweeper() = default;

void Sweeper::run(const Inputs& inputs, const Visit& visit) {
  const SweepPlan plan = plan_sweep(inputs, options_);
  Progress progress(options_, plan.samples);
  for (const auto& worker : workers_) worker->read_parameters();
  parallel_for(options_.threads, plan.blocks, [&](std::int64_t block, int worker) {
    const std::int64_t end = (block + 1) * plan.chunks / plan.blocks;
    for (std::int64_t c = block * plan.chunks / plan.blocks; c < end; ++c) {
      if (interrupted()) throw Interrupted("sweep: stopped by a signal");
      const std::int64_t first = c * options_.chunk, rows = std::min(options_.chunk, plan.samples - first);
      visit(workers_[worker]->run(inputs, {block, first, rows, {}, {}}));
      progress.add(rows);
    }
  });
}

void sweep(const ModelPoint& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
           const Visit& visit) {
  Sweeper(model, spec, options).run(inputs, visit);
}

Var one_hot_seeds(Var of) {
  Graph& graph = *of.graph;
  const Shape& shape = of.shape();
  if (shape.rank() < 2) throw ShapeError("one_hot_seeds: " + graph.describe(of.id) + " given, wanted [rows, …]");
  const Shape own = shape.last(shape.rank() - 1);
  const std::int64_t k = own.numel();
  Tensor<double> identity(Shape{k, 1} + own);
  for (std::int64_t i = 0; i < k; ++i) identity[i * k + i] = 1;
  return expand(graph.constant(std::move(identity)), Shape{k} + shape);
}

}  // namespace basin::interp
