#include "interp/look/last_position.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace basin::interp {
namespace {

// The shape of a value for one row.
Shape shape_of(const ModelPoint& model, const std::string& name, int axes, const char* wanted) {
  Graph graph;
  model.trace(graph, 1);
  const Shape shape = graph[name].shape();
  if (int(shape.rank()) != axes)
    throw ShapeError(fmt::format("'{}' has shape {} for one row; wanted {}", name, shape.str(), wanted));
  return shape;
}

struct Sums {
  std::vector<double> values;
  void merge(const Sums& other) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
  }
};

}  // namespace

Matrix at_last_position(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                        const SweepOptions& options) {
  const Shape shape = shape_of(model, name, 3, "[1, positions, d]");
  const std::int64_t positions = shape[1], d = shape[2];
  Matrix all({plan_sweep(inputs, options).samples, d});
  sweep(model, inputs, {.fetch = {name}}, options, [&](const Chunk& chunk) {
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      const double* from = chunk.values[0].data() + ((row + 1) * positions - 1) * d;
      std::copy(from, from + d, &all(chunk.first + row, 0));
    }
  });
  return all;
}

Matrix mean_attention(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                      const SweepOptions& options) {
  const Shape shape = shape_of(model, name, 4, "[1, head, query, key]");
  const std::int64_t heads = shape[1], queries = shape[2], keys = shape[3];
  const Sums sums = sweep_reduce(model, inputs, {.fetch = {name}}, options, Sums{std::vector<double>(heads * keys)},
                                 [&](Sums& to, const Chunk& chunk) {
                                   for (std::int64_t i = 0; i < chunk.rows * heads; ++i)
                                     for (std::int64_t key = 0; key < keys; ++key)
                                       to.values[i % heads * keys + key] +=
                                           chunk.values[0][((i + 1) * queries - 1) * keys + key];
                                 });
  Matrix mean({heads, keys}, sums.values);
  for (double& m : mean.data) m /= double(plan_sweep(inputs, options).samples);
  return mean;
}

}  // namespace basin::interp
