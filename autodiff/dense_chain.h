// Dense layers one behind the other under PyTorch's names: the one place where a multi-layer perceptron is traced.
//   layers.0.weight  layers.0.bias  layers.0.pre  layers.0.post  layers.1.weight …
// `pre` is the pre-activation of a layer, `post` its activation; the last layer has no `post`, its `pre` is the output.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "autodiff/graph.h"

namespace basin {

struct DenseChain {
  std::vector<std::int64_t> widths;  // inputs, hidden layers…, outputs
  std::vector<bool> biases;          // of each layer, whether it has one
  std::function<Var(Var)> activate;
  std::function<Start(std::int64_t in, std::int64_t out)> weight_start{}, bias_start{};  // none: zeros
  std::string prefix = "layers.";
};

// The output of the chain for x [..., widths.front()]. Weights are [in, out] here and [out, in] in files. ShapeError if
// x does not fit.
Var trace_dense(Var x, const DenseChain& chain);

}  // namespace basin
