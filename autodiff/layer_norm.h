// Layer normalisation under TransformerLens's names:
//
//   scale = sqrt(var + 1e-5) over the last axis       {prefix}hook_scale [..., 1]
//   (x - mean) / scale, times w, plus b               {prefix}hook_normalized [..., n]; parameters {prefix}w, {prefix}b
//   [n]
//
// The scale is a value on the way: who feeds it holds it fixed. Where nobody wants it, layer_norm of ops.h is faster.
#pragma once
#include <string>

#include "autodiff/graph.h"

namespace basin {

inline constexpr double layer_norm_epsilon = 1e-5;  // PyTorch's and TransformerLens's

// {prefix}hook_normalized for x [..., n]; w starts at one and b at zero, or there are neither.
Var trace_layer_norm(Var x, const std::string& prefix, bool scale_and_shift);

}  // namespace basin
