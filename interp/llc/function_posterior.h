// A function of a vector as a local posterior: losses whose learning coefficients are known.
#pragma once
#include <functional>

#include "autodiff/ops.h"
#include "interp/llc/local_posterior.h"

namespace basin::interp {

// loss(graph, w) of w [d], a scalar, around w* = 0.
inline LocalPosterior function_posterior(std::int64_t d, const std::function<Var(Graph&, Var)>& loss, double n_beta,
                                         double gamma) {
  const auto trace = [=](Graph& graph, std::int64_t) {
    return Ends{{}, graph.name(loss(graph, graph.input("w", {d})), "loss")};
  };
  return {.model = {{trace}, parameters_from({{"w", Tensor<double>(Shape{d})}})},
          .data = {},
          .n_beta = n_beta,
          .gamma = gamma};
}

}  // namespace basin::interp
