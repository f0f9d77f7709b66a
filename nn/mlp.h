// A multi-layer perceptron traced into a graph. Values carry PyTorch's names:
//   layers.0.weight  layers.0.bias  layers.0.pre  layers.0.post  layers.1.weight …
// `pre` is the pre-activation of a layer, `post` its activation; the last layer has no `post`, its `pre` is the output.
// In memory a weight is [in, out] (autodiff/ops.h, dense); in files it is PyTorch's [out, in] (nn/checkpoint.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "autodiff/graph.h"
#include "nn/init.h"

namespace basin::nn {

enum class Activation { relu, tanh, gelu, gelu_tanh, sigmoid, square, linear };

Activation activation_from(std::string_view name);  // UsageError listing the names
std::string_view name_of(Activation a);
Var activate(Var x, Activation a);

struct MlpSpec {
  std::vector<std::int64_t> widths;  // inputs, hidden layers…, outputs: at least two, all positive
  Activation activation = Activation::relu;
  bool bias = true;
  Init init = Init::pytorch;

  std::int64_t layers() const { return std::int64_t(widths.size()) - 1; }
  std::int64_t parameters() const;
  void validate() const;  // UsageError
};

struct Mlp {
  // x is [..., widths.front()]. Makes the parameters, which files hold as PyTorch does. ShapeError if x does not fit.
  Mlp(Graph& graph, Var x, const MlpSpec& spec, const std::string& prefix = "layers.");

  std::vector<Var> params;  // weight, bias, weight, bias, … (weights alone without bias)
  Var out;
};

}  // namespace basin::nn
