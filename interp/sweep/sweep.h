// A program over a data set: fixed chunks of rows, a few threads, results that do not depend on the number of threads.
//
// A program has a fixed number of rows, so a model is given as a function that traces it for any number of rows; each
// worker traces and plans its own programs (one for whole chunks, one for the rest at the end).
// Chunks are grouped into blocks of neighbours. One worker visits the chunks of a block in order, different blocks run
// at the same time, and what was gathered for the blocks is merged in their order. Chunks and blocks depend on the
// data set and the options alone, never on the threads: so results are equal to the bit for 1, 2, 3, … threads.
//
// The processes of a team (core/team.h) share out sweeps, also without another bit in the results, and all end up with
// all of them. Of a sweep_reduce each visits some of the blocks, and what it gathered travels. Of any other sweep each
// computes some of the chunks, their values travel, and every process visits every chunk.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "autodiff/runner.h"
#include "core/fields.h"
#include "core/team.h"
#include "interp/sweep/precision.h"

namespace basin::interp {

// A model at one point θ of its parameter space. Its parameters are the inputs of the graph whose numbers do not vary
// over the data; a model made by hand may take any named input for one.
struct ModelPoint : Model {
  Parameters<double> parameters{};

  std::int64_t parameter_count() const { return parameters.size(); }
};

struct NamedTensor {
  std::string name;
  Tensor<double> value;
};
Parameters<double> parameters_from(const std::vector<NamedTensor>& tensors);  // one slice each, in their order
std::vector<NamedTensor> named_tensors(const Parameters<double>& parameters);

// What to read in each chunk: named values, then what `derive` adds to the graph (gradients, Jacobians; see
// one_hot_seeds). `derive` is called once for every program made and must return the same values in the same order.
struct SweepSpec {
  std::vector<std::string> fetch{};
  std::function<std::vector<Var>(Graph&)> derive{};
  // Inputs that `derive` makes and that are no data, by name: filled before each run for the samples from `first` on.
  // What is filled in may depend on the samples' numbers alone.
  std::map<std::string, std::function<void(std::int64_t first, std::span<double>)>> made{};
};

struct SweepOptions {
  std::int64_t chunk = 256;  // rows in one run; another value may change last bits
  std::int64_t blocks = 16;  // at most so many; one block holds one set of results while the sweep runs
  int threads = 1;
  Precision precision = Precision::f64;  // of the programs; what is visited is double
  // Called after every chunk, never at the same time from two threads.
  std::function<void(std::int64_t rows_done, std::int64_t rows)> progress{};
};

// What one run of the program holds; valid during the visit only.
struct Chunk {
  std::int64_t block, first, rows;  // samples [first, first + rows)
  std::vector<std::span<const double>> values;
  std::vector<Shape> shapes;  // of the values

  Matrix table(std::size_t value) const;  // a copy: leading axes are rows, the last axis is columns
};
using Visit = std::function<void(const Chunk&)>;  // may write only to places that belong to chunk.block or its rows

// How many rows of data and how many blocks a sweep will have. DataError if the data set is empty or the inputs differ
// in their first axis; UsageError for a chunk or a number of blocks below 1.
struct SweepPlan {
  std::int64_t samples, chunks, blocks;
};
SweepPlan plan_sweep(const Inputs& inputs, const SweepOptions& options);

// The blocks [first, end) of this process: all of them where work is not shared out.
struct BlockShare {
  std::int64_t first, end;
};
BlockShare own_blocks(const SweepPlan& plan);

// Runs all chunks. Inputs that no fetched value needs are ignored. NameError if the graph has no input of that name or
// misses numbers for one it needs; ShapeError if numbers do not fit their input; NumericalError naming the first value
// with NaN or Inf; Interrupted after SIGINT or SIGTERM (core/interrupt.h).
void sweep(const ModelPoint& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
           const Visit& visit);

class SweepWorker;  // the programs of one thread

// The same again and again, with programs that are traced and planned once. One call at a time.
class Sweeper {
 public:
  Sweeper(ModelPoint model, SweepSpec spec, SweepOptions options);
  Sweeper(const Sweeper&) = delete;  // its programs read its parameters
  Sweeper& operator=(const Sweeper&) = delete;
  ~Sweeper();

  Parameters<double>& parameters() { return model_.parameters; }  // read by every run as they are then
  const SweepOptions& options() const { return options_; }
  void run(const Inputs& inputs, const Visit& visit);
  void run_own_blocks(const Inputs& inputs, const Visit& visit);  // visits no others

 private:
  void run_shared_out(Team& team, const Inputs& inputs, const SweepPlan& plan, const Visit& visit);
  Chunk run_chunk(const Inputs& inputs, const SweepPlan& plan, std::int64_t chunk, int worker);

  ModelPoint model_;
  SweepSpec spec_;
  SweepOptions options_;
  std::vector<std::unique_ptr<SweepWorker>> workers_;
};

// Block after block: what came before goes from rank to rank, so that numbers are added in the order of one process.
template <class Result>
Result merged(std::vector<Result> parts, const Result& start, const BlockShare& own) {
  Team* const team = team_here();
  const int rank = team ? team->rank() : 0, last = team ? team->size() - 1 : 0;
  if (own.first > 0) {
    Result before = start;
    from_bytes(team->receive(rank - 1), before);
    parts.insert(parts.begin(), std::move(before));
  }
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0].merge(parts[i]);
  if (!team) return std::move(parts[0]);
  std::string bytes = bytes_of(parts[0]);
  if (rank < last) team->send(rank + 1, bytes);
  team->broadcast(last, bytes);
  from_bytes(bytes, parts[0]);
  return std::move(parts[0]);
}

// Gathers: add(result, chunk) on a copy of `start` for each block, then merges them in order with
// Result::merge(const Result&). Result names its fields as core/fields.h wants them; what they do not hold is as in
// `start`.
template <class Result, class Add>
Result sweep_reduce(Sweeper& sweeper, const Inputs& inputs, const Result& start, const Add& add) {
  const BlockShare own = own_blocks(plan_sweep(inputs, sweeper.options()));
  std::vector<Result> parts(std::size_t(own.end - own.first), start);
  sweeper.run_own_blocks(inputs, [&](const Chunk& chunk) { add(parts[std::size_t(chunk.block - own.first)], chunk); });
  return merged(std::move(parts), start, own);
}
template <class Result, class Add>
Result sweep_reduce(const ModelPoint& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
                    const Result& start, const Add& add) {
  Sweeper sweeper(model, spec, options);
  return sweep_reduce(sweeper, inputs, start, add);
}

// Seeds for vjp that ask for every entry of a row of `of` [rows, k…] by itself: [k, rows, k…] with k entries in a row.
// vjp then gives d of[., i] / d at as [i, rows, …].
Var one_hot_seeds(Var of);

}  // namespace basin::interp
