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
  // Of `total` rows this process runs its own, and the others as many at the same time.
  Progress(const SweepOptions& options, std::int64_t total, std::int64_t own)
      : options_(options), total_(total), own_(own) {}
  void add(std::int64_t rows) {
    if (!options_.progress) return;
    std::lock_guard lock(mutex_);
    done_ += rows;
    options_.progress(done_ * total_ / own_, total_);
  }

 private:
  const SweepOptions& options_;
  std::int64_t total_, own_, done_ = 0;
  std::mutex mutex_;
};

// Chunk c belongs to block b with b chunks / blocks <= c < (b + 1) chunks / blocks, rounded down.
std::int64_t block_of(const SweepPlan& plan, std::int64_t chunk) {
  return ((chunk + 1) * plan.blocks - 1) / plan.chunks;
}
std::int64_t first_chunk(const SweepPlan& plan, std::int64_t block) { return block * plan.chunks / plan.blocks; }

std::string text_of(const SweepPlan& plan, const SweepOptions& options) {
  return fmt::format("sweep of {} rows in chunks of {}", plan.samples, options.chunk);
}

// A chunk whose values are its own.
struct HeldChunk {
  std::int64_t block = 0, first = 0, rows = 0;
  std::vector<Tensor<double>> values{};

  HeldChunk() = default;
  explicit HeldChunk(const Chunk& chunk) : block(chunk.block), first(chunk.first), rows(chunk.rows) {
    for (std::size_t v = 0; v < chunk.values.size(); ++v)
      values.push_back({chunk.shapes[v], {chunk.values[v].begin(), chunk.values[v].end()}});
  }
  Chunk chunk() const {
    Chunk seen{block, first, rows, {}, {}};
    for (const Tensor<double>& v : values) seen.values.push_back(v.data), seen.shapes.push_back(v.shape);
    return seen;
  }
  template <class Each>
  void fields(Each& each) {
    each(block, first, rows, values);
  }
};

// So many chunks are computed by each process before their values travel.
std::int64_t chunks_at_once(const SweepOptions& options) { return std::max<std::int64_t>(16, 1024 / options.chunk); }

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

BlockShare own_blocks(const SweepPlan& plan) {
  const Team* const team = team_here();
  if (!team) return {0, plan.blocks};
  const auto first = [&](std::int64_t rank) { return (rank * plan.blocks + team->size() - 1) / team->size(); };
  return {first(team->rank()), first(team->rank() + 1)};
}

Sweeper::Sweeper(ModelPoint model, SweepSpec spec, SweepOptions options)
    : model_(std::move(model)), spec_(std::move(spec)), options_(std::move(options)) {
  for (int i = 0; i < std::max(1, options_.threads); ++i)
    workers_.push_back(sweep_worker(model_, spec_, options_.precision));
}

Sweeper::~Sweeper() = default;

Chunk Sweeper::run_chunk(const Inputs& inputs, const SweepPlan& plan, std::int64_t chunk, int worker) {
  if (interrupted()) throw Interrupted("sweep: stopped by a signal");
  const std::int64_t first = chunk * options_.chunk, rows = std::min(options_.chunk, plan.samples - first);
  return workers_[std::size_t(worker)]->run(inputs, {block_of(plan, chunk), first, rows, {}, {}});
}

void Sweeper::run_own_blocks(const Inputs& inputs, const Visit& visit) {
  const SweepPlan plan = plan_sweep(inputs, options_);
  const BlockShare own = own_blocks(plan);
  const std::int64_t own_rows = (first_chunk(plan, own.end) - first_chunk(plan, own.first)) * options_.chunk;
  Progress progress(options_, plan.samples, std::clamp<std::int64_t>(own_rows, 1, plan.samples));
  for (const auto& worker : workers_) worker->read_parameters();
  const auto work = [&] {
    parallel_for(options_.threads, own.end - own.first, [&](std::int64_t index, int worker) {
      const std::int64_t block = own.first + index;
      for (std::int64_t c = first_chunk(plan, block); c < first_chunk(plan, block + 1); ++c) {
        const Chunk chunk = run_chunk(inputs, plan, c, worker);
        visit(chunk);
        progress.add(chunk.rows);
      }
    });
  };
  Team* const team = team_here();
  team ? together(*team, text_of(plan, options_), work) : work();
}

void Sweeper::run(const Inputs& inputs, const Visit& visit) {
  Team* const team = team_here();
  if (!team) return run_own_blocks(inputs, visit);
  run_shared_out(*team, inputs, plan_sweep(inputs, options_), visit);
}

void Sweeper::run_shared_out(Team& team, const Inputs& inputs, const SweepPlan& plan, const Visit& visit) {
  Progress progress(options_, plan.samples, plan.samples);
  for (const auto& worker : workers_) worker->read_parameters();
  const std::int64_t each = chunks_at_once(options_);
  for (std::int64_t first = 0; first < plan.chunks; first += team.size() * each) {
    const std::int64_t begin = std::min(plan.chunks, first + team.rank() * each);
    std::vector<HeldChunk> held(std::size_t(std::min(plan.chunks, begin + each) - begin));
    together(team, text_of(plan, options_), [&] {
      parallel_for(options_.threads, std::ssize(held), [&](std::int64_t i, int worker) {
        held[std::size_t(i)] = HeldChunk(run_chunk(inputs, plan, begin + i, worker));
      });
    });
    const std::string own = bytes_of(held);
    for (int from = 0; from < team.size(); ++from) {
      std::string bytes = from == team.rank() ? own : "";
      team.broadcast(from, bytes);
      from_bytes(bytes, held);
      for (const HeldChunk& h : held) visit(h.chunk()), progress.add(h.rows);
    }
  }
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
