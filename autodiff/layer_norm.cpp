#include "autodiff/layer_norm.h"

#include "autodiff/op.h"
#include "autodiff/ops.h"

namespace basin {

Var trace_layer_norm(Var x, const std::string& prefix, bool scale_and_shift) {
  require_last_axis("layer_norm", {x});
  Graph& graph = *x.graph;
  const Var centered = x - mean(x, {-1}, true);
  const Var variance = mean(square(centered), {-1}, true);
  Var y = centered / graph.name(sqrt(variance + layer_norm_epsilon), prefix + "hook_scale");
  if (scale_and_shift) {
    const Shape width{x.shape().back()};
    const Var w = graph.parameter(prefix + "w", width, {Start::ones}), b = graph.parameter(prefix + "b", width);
    y = y * w + b;
  }
  return graph.name(y, prefix + "hook_normalized");
}

}  // namespace basin
