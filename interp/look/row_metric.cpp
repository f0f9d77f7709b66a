#include "interp/look/row_metric.h"

#include <fmt/format.h>

#include "autodiff/ops.h"

namespace basin::interp {

RowMetric entry_of(std::string name, std::int64_t entry) {
  return [name = std::move(name), entry](Graph& graph) {
    const Var value = graph[name];
    const Shape& shape = value.shape();
    if (shape.rank() != 2 || entry < 0 || entry >= shape.back())
      throw ShapeError(fmt::format("metric: entry {} of {}, wanted [rows, n] with n above {}", entry,
                                   graph.describe(value.id), entry));
    return reshape(slice(value, -1, entry, entry + 1), {shape[0]});
  };
}

Var traced_metric(Graph& graph, const RowMetric& metric, std::int64_t rows) {
  const Var m = metric(graph);
  graph.require_own(m, "metric");
  if (!(m.shape() == Shape{rows}))
    throw ShapeError(fmt::format("metric: {} is no number for each row, wanted [{}]; help: sum over the other axes",
                                 graph.describe(m.id), rows));
  return m;
}

}  // namespace basin::interp
