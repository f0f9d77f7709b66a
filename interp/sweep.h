// A program over a data set: fixed chunks of rows, a few threads, results that do not depend on the number of threads.
//
// A program has a fixed number of rows, so a model is given as a function that traces it for any number of rows; each
// worker traces and plans its own programs (one for whole chunks, one for the rest at the end).
// Chunks are grouped into blocks of neighbours. One worker visits the chunks of a block in order, different blocks run
// at the same time, and what was gathered for the blocks is merged in their order. Chunks and blocks depend on the
// data set and the options alone, never on the threads: so results are equal to the bit for 1, 2, 3, … threads.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "autodiff/program.h"

namespace basin::interp {

using Tracer =
    std::function<void(Graph& graph, std::int64_t rows)>;  // adds inputs [rows, …] and parameters, names values
using Inputs = std::map<std::string, Tensor<double>, std::less<>>;  // numbers by input name; first axis = samples

struct NamedTensor {
  std::string name;
  Tensor<double> value;
};

// A network at theta: its parameters are the named inputs of the graph whose numbers do not vary over the data. Their
// order is the order of the flat parameter vector.
struct TracedModel {
  Tracer trace;
  std::vector<NamedTensor> parameters;

  std::int64_t parameter_count() const;
};

// The slices of a flat vector as named tensors, in its order; float is widened.
template <class T>
std::vector<NamedTensor> named_parameters(const Parameters<T>& parameters);

// What to read in each chunk: named values, then what `derive` adds to the graph (gradients, Jacobians; see
// one_hot_seeds). `derive` is called once for every program made and must return the same values in the same order.
struct SweepSpec {
  std::vector<std::string> fetch{};
  std::function<std::vector<Var>(Graph&)> derive{};
};

struct SweepOptions {
  std::int64_t chunk = 256;  // rows in one run; another value may change last bits
  std::int64_t blocks = 16;  // at most so many; one block holds one set of results while the sweep runs
  int threads = 1;
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

// Runs all chunks. Inputs that no fetched value needs are ignored. NameError if the graph has no input of that name or
// misses numbers for one it needs; ShapeError if numbers do not fit their input; NumericalError naming the first value
// with NaN or Inf; Interrupted after SIGINT or SIGTERM (core/interrupt.h).
void sweep(const TracedModel& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
           const Visit& visit);

// Gathers: add(result, chunk) on a copy of `start` for each block, then merges them in order with
// Result::merge(const Result&).
template <class Result, class Add>
Result sweep_reduce(const TracedModel& model, const Inputs& inputs, const SweepSpec& spec, const SweepOptions& options,
                    const Result& start, const Add& add) {
  std::vector<Result> parts(plan_sweep(inputs, options).blocks, start);
  sweep(model, inputs, spec, options, [&](const Chunk& chunk) { add(parts[chunk.block], chunk); });
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0].merge(parts[i]);
  return std::move(parts[0]);
}

// Seeds for vjp that ask for every entry of the last axis of `of` [rows, k] by itself: [k, rows, k]. vjp then gives
// d of[., i] / d at as [i, rows, …].
Var one_hot_seeds(Var of);

}  // namespace basin::interp
