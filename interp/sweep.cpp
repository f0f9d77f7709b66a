#include "interp/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/names.h"
#include "core/parallel.h"

namespace basin::interp {
namespace {

// The numbers of all parameters in one place, which the programs of all workers read.
class SharedParameters {
 public:
  SharedParameters(const TracedModel& model) : numbers_(std::size_t(model.parameter_count())) {
    std::int64_t offset = 0;
    for (const NamedTensor& p : model.parameters) {
      std::copy(p.value.data.begin(), p.value.data.end(), numbers_.data() + offset);
      slices_.push_back({p.name, p.value.shape, offset});
      offset += p.value.size();
    }
  }

  std::vector<Binding<double>> bindings(Graph& graph) {
    std::vector<Binding<double>> all;
    for (const Slice& s : slices_) {
      const Var v = graph[s.name];
      if (!(v.shape() == s.shape))
        throw ShapeError(fmt::format("sweep: parameter numbers of shape {} given for {}; help: weights are [in,out]",
                                     s.shape.str(), graph.describe(v.id)));
      all.push_back({v, numbers_.data() + s.offset});
    }
    return all;
  }

 private:
  struct Slice {
    std::string name;
    Shape shape;
    std::int64_t offset;
  };
  Slab<double> numbers_;
  std::vector<Slice> slices_;
};

// A graph traced for a number of rows and its program.
class Runner {
 public:
  Runner(const TracedModel& model, SharedParameters& parameters, const SweepSpec& spec, std::int64_t rows)
      : rows_(rows), graph_(std::make_unique<Graph>()) {
    model.trace(*graph_, rows);
    for (const std::string& name : spec.fetch) fetched_.push_back((*graph_)[name]);
    if (spec.derive)
      for (Var v : spec.derive(*graph_)) fetched_.push_back(v);
    if (fetched_.empty())
      throw UsageError("sweep: nothing to fetch; help: name values under fetch or add them under derive");
    program_ = std::make_unique<Program<double>>(*graph_, ProgramSpec{.fetch = fetched_, .memory = Memory::reuse},
                                                 parameters.bindings(*graph_));
  }

  std::int64_t rows() const { return rows_; }

  Chunk run(const Inputs& inputs, std::int64_t block, std::int64_t first) {
    for (const auto& [name, numbers] : inputs) feed((*graph_)[name], numbers, first);
    program_->run();
    program_->require_finite();
    Chunk chunk{block, first, rows_, {}, {}};
    for (Var v : fetched_) {
      chunk.values.push_back(program_->view(v));
      chunk.shapes.push_back(v.shape());
    }
    return chunk;
  }

 private:
  void feed(Var v, const Tensor<double>& numbers, std::int64_t first) {
    Shape wanted = numbers.shape;
    wanted[0] = rows_;
    if (!(v.shape() == wanted))
      throw ShapeError(fmt::format("sweep: data of shape {} given for {}, wanted samples in front of equal axes",
                                   numbers.shape.str(), graph_->describe(v.id)));
    if (!program_->has(v)) return;
    const std::int64_t width = numbers.size() / numbers.shape[0];
    program_->feed(v, std::span(numbers.data).subspan(first * width, rows_ * width));
  }

  std::int64_t rows_;
  std::unique_ptr<Graph> graph_;
  std::vector<Var> fetched_;
  std::unique_ptr<Program<double>> program_;
};

// A worker's programs, made when first needed: one for whole chunks, one for the rest.
class Worker {
 public:
  Runner& runner(const TracedModel& model, SharedParameters& parameters, const SweepSpec& spec, std::int64_t rows) {
    for (auto& r : runners_)
      if (r->rows() == rows) return *r;
    return *runners_.emplace_back(std::make_unique<Runner>(model, parameters, spec, rows));
  }

 private:
  std::vector<std::unique_ptr<Runner>> runners_;
};

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

std::int64_t TracedModel::parameter_count() const {
  std::int64_t n = 0;
  for (const NamedTensor& p : parameters) n += p.value.size();
  return n;
}

template <class T>
std::vector<NamedTensor> named_parameters(const Parameters<T>& parameters) {
  std::vector<NamedTensor> all;
  for (const auto& s : parameters.slices()) {
    const std::span<const T> from = parameters.flat().subspan(s.offset, s.size);
    all.push_back({s.name, {s.var.shape(), std::vector<double>(from.begin(), from.end())}});
  }
  return all;
}
template std::vector<NamedTensor> named_parameters(const Parameters<float>&);
template std::vector<NamedTensor> named_parameters(const Parameters<double>&);

Matrix Chunk::table(std::size_t value) const {
  const std::int64_t cols = shapes[value].back();
  return {{cols == 0 ? 0 : shapes[value].numel() / cols, cols}, {values[value].begin(), values[value].end()}};
}

SweepPlan plan_sweep(const Inputs& inputs, const SweepOptions& options) {
  if (options.chunk < 1 || options.blocks < 1)
    throw UsageError(
        fmt::format("sweep: chunk {} and blocks {} given, wanted at least 1 of each", options.chunk, options.blocks));
  std::int64_t samples = -1;
  std::string_view named;
  for (const auto& [name, numbers] : inputs) {
    const std::int64_t n = numbers.shape.rank() ? numbers.shape[0] : 0;
    if (n == 0)
      throw DataError(fmt::format("sweep: input '{}' of shape {} holds no samples", name, numbers.shape.str()));
    if (samples >= 0 && n != samples)
      throw DataError(
          fmt::format("sweep: input '{}' holds {} samples and input '{}' holds {}", named, samples, name, n));
    samples = n, named = name;
  }
  if (samples < 0) throw DataError("sweep: no inputs were given; help: give the numbers of input \"x\"");
  const std::int64_t chunks = (samples - 1) / options.chunk + 1;
  return {samples, chunks, std::min(chunks, options.blocks)};
}

void sweep(const TracedModel& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
           const Visit& visit) {
  const SweepPlan plan = plan_sweep(inputs, options);
  SharedParameters parameters(model);
  std::vector<Worker> workers(std::max(1, options.threads));
  Progress progress(options, plan.samples);
  parallel_for(options.threads, plan.blocks, [&](std::int64_t block, int worker) {
    const std::int64_t end = (block + 1) * plan.chunks / plan.blocks;
    for (std::int64_t c = block * plan.chunks / plan.blocks; c < end; ++c) {
      if (interrupted()) throw Interrupted("sweep: stopped by a signal");
      const std::int64_t first = c * options.chunk, rows = std::min(options.chunk, plan.samples - first);
      visit(workers[worker].runner(model, parameters, spec, rows).run(inputs, block, first));
      progress.add(rows);
    }
  });
}

Var one_hot_seeds(Var of) {
  Graph& graph = *of.graph;
  if (of.shape().rank() != 2) throw ShapeError("one_hot_seeds: " + graph.describe(of.id) + " given, wanted [rows, k]");
  const std::int64_t rows = of.shape()[0], k = of.shape()[1];
  Tensor<double> identity({k, 1, k});
  for (std::int64_t i = 0; i < k; ++i) identity[i * k + i] = 1;
  return expand(graph.constant(std::move(identity)), {k, rows, k});
}

}  // namespace basin::interp
