// Attention under TransformerLens's names: the one place where an attention layer is traced.
//
//   q = x_q W_Q + b_Q, k = x W_K + b_K, v = x W_V + b_V      for each head
//   pattern = softmax(q k^T / sqrt(d_head))                   over all keys; causal: over those no later than the query
//   out = sum over heads of pattern v W_O, plus b_O
//
// Parameters blocks.0.attn.W_Q, .W_K, .W_V [head, d_model, d_head], .W_O [head, d_head, d_model], .b_Q, .b_K, .b_V
// [head, d_head], .b_O [d_model]. Values blocks.0.attn.hook_q, .hook_z [rows, query, head, d_head], .hook_k, .hook_v
// [rows, key, head, d_head], .hook_attn_scores (-inf where a query may not look) and .hook_pattern
// [rows, head, query, key]; blocks.0.hook_attn_out [rows, query, d_model].
#pragma once
#include <string>

#include "autodiff/graph.h"

namespace basin {

struct Attention {
  std::int64_t n_heads = 1, d_head = 1;
  bool causal = false;
  bool b_Q = true, b_K = true, b_V = true, b_O = true;  // which biases there are
  Start weight_start{};                                 // biases start at zero
  std::string prefix = "blocks.0.";
};

// The output of the layer, [rows, query, d_model], for queries made from `queries` [rows, query, d_model] and keys and
// values made from `x` [rows, key, d_model]: often the same value. Fewer queries than keys are those of the last
// positions, so where only the last position is read, one query is enough. What may not be looked at counts nothing,
// in derivatives of any order too. ShapeError if the two do not fit.
Var trace_attention(Var queries, Var x, const Attention& layer);

}  // namespace basin
