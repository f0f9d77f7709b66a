#include "autodiff/model.h"

#include <fmt/format.h>

namespace basin {

std::int64_t rows_of(const Inputs& data, std::string_view who) {
  std::int64_t rows = -1;
  std::string_view named;
  const auto count = [&](const std::string& name, const Shape& shape) {
    const std::int64_t n = shape.rank() ? shape[0] : 0;
    if (n == 0) throw DataError(fmt::format("{}: input '{}' of shape {} holds no samples", who, name, shape.str()));
    if (rows >= 0 && n != rows)
      throw DataError(
          fmt::format("{}: input '{}' holds {} samples and input '{}' holds {}", who, named, rows, name, n));
    rows = n, named = name;
  };
  for (const auto& [name, numbers] : data) count(name, numbers.shape);
  for (const auto& [name, source] : data.in_files) count(name, source->shape());
  if (rows < 0) throw DataError(fmt::format("{}: no inputs were given; help: give the numbers of input \"x\"", who));
  return rows;
}

std::vector<ParameterInfo> parameters_of(const Model& model) {
  Graph graph;
  model.trace(graph, 1);
  return graph.parameters();
}

}  // namespace basin
