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

// Of a value [rows, …, positions, d], everything at the last position, one sample behind the other.
void copy_last(const ModelPoint& model, const Inputs& inputs, const std::string& name, const SweepOptions& options,
               std::int64_t positions, std::int64_t d, double* to) {
  sweep(model, inputs, {.fetch = {name}}, options, [&](const Chunk& chunk) {
    const std::int64_t count = std::int64_t(chunk.values[0].size()) / (positions * d);
    const std::int64_t of_a_sample = count / chunk.rows;
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(chunk.values[0].data() + ((i + 1) * positions - 1) * d, d, to + (chunk.first * of_a_sample + i) * d);
  });
}

}  // namespace

Matrix at_last_position(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                        const SweepOptions& options) {
  const Shape shape = shape_of(model, name, 3, "[1, positions, d]");
  Matrix all({plan_sweep(inputs, options).samples, shape[2]});
  copy_last(model, inputs, name, options, shape[1], shape[2], all.data.data());
  return all;
}

Tensor<double> last_attention(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                              const SweepOptions& options) {
  const Shape shape = shape_of(model, name, 4, "[1, head, query, key]");
  Tensor<double> all({plan_sweep(inputs, options).samples, shape[1], shape[3]});
  copy_last(model, inputs, name, options, shape[2], shape[3], all.data.data());
  return all;
}

Matrix mean_attention(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                      const SweepOptions& options) {
  const Tensor<double> all = last_attention(model, inputs, name, options);
  Matrix mean({all.shape[1], all.shape[2]});
  for (std::int64_t i = 0; i < all.size(); ++i) mean[i % mean.size()] += all[i] / double(all.shape[0]);
  return mean;
}

}  // namespace basin::interp
