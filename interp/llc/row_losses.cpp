#include "interp/llc/row_losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"

namespace basin::interp {

Var loss_by_row(const Ends& ends) {
  if (!ends.loss || ends.loss.shape().rank() == 0)
    throw UsageError(
        fmt::format("losses by row: the model has {}, wanted a loss of each row; help: give the values "
                    "before their mean is taken as the model's loss",
                    ends.loss ? "one loss for all rows" : "no loss"));
  const Shape& shape = ends.loss.shape();
  return shape.rank() == 1 ? ends.loss : mean(reshape(ends.loss, {shape[0], shape.numel() / shape[0]}), {-1});
}

LocalPosterior reweighted(LocalPosterior posterior, std::span<const double> weights) {
  const std::int64_t n = posterior.data.empty() ? 0 : rows_of(posterior.data, "reweighted");
  if (n == 0 || std::ssize(weights) != n || !std::ranges::all_of(weights, [](double w) { return std::isfinite(w); }))
    throw UsageError(
        fmt::format("reweighted: {} weights given for {} rows of data; wanted a finite number for each, and "
                    "at least one row",
                    weights.size(), n));
  posterior.data["row_weights"] = Tensor<double>({n}, {weights.begin(), weights.end()});
  posterior.model.trace = [trace = posterior.model.trace](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    const Var weighted = loss_by_row(ends) * graph.input("row_weights", {rows});
    return Ends{ends.output, graph.name(weighted, "reweighted_loss")};
  };
  return posterior;
}

}  // namespace basin::interp
