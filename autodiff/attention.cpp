#include "autodiff/attention.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "autodiff/op.h"
#include "autodiff/ops.h"

namespace basin {
namespace {

// [..., a, b, c] -> [..., b, a, c]: heads in front of positions, and back.
Var swap_heads(Var v) { return permute(v, {-2, -3, -1}); }

// Whether a key comes after a query, [query, key]. From positions, so that tracing needs no memory for a table.
Var is_later(Graph& graph, std::int64_t queries, std::int64_t keys) {
  Tensor<double> query({queries, 1}), key({keys});
  std::iota(query.data.begin(), query.data.end(), double(keys - queries));
  std::iota(key.data.begin(), key.data.end(), 0.0);
  return greater(graph.constant(key), graph.constant(query));
}

struct AttentionTrace {
  Graph& graph;
  const Attention& layer;
  std::int64_t rows, d_model;
  std::string at = layer.prefix + "attn.";

  // x W + b for all heads at once, [rows, position, head, d_head].
  Var project(Var x, const std::string& letter, const std::string& hook, bool has_bias) {
    const Var weight = graph.parameter(at + "W_" + letter, {layer.n_heads, d_model, layer.d_head}, layer.weight_start);
    const Var together = reshape(swap_heads(weight), {d_model, layer.n_heads * layer.d_head});
    Var y = reshape(matmul(x, together), {rows, x.shape().back(2), layer.n_heads, layer.d_head});
    if (has_bias) y = y + graph.parameter(at + "b_" + letter, {layer.n_heads, layer.d_head});
    return graph.name(y, at + hook);
  }

  // The mean of the values over the keys, [rows, query, head, d_head].
  Var attend(Var q, Var k, Var v) {
    Var scores = matmul(swap_heads(q), swap_heads(k), false, true) / std::sqrt(double(layer.d_head));
    const std::int64_t queries = scores.shape().back(2), keys = scores.shape().back();
    if (layer.causal && queries > 1)  // the last position sees every key
      scores = where(is_later(graph, queries, keys), graph.constant(-std::numeric_limits<double>::infinity()), scores);
    graph.name(scores, at + "hook_attn_scores");
    const Var pattern = graph.name(softmax(scores), at + "hook_pattern");
    return graph.name(swap_heads(matmul(pattern, swap_heads(v))), at + "hook_z");
  }

  Var write_out(Var z) {
    const std::int64_t width = layer.n_heads * layer.d_head;
    const Var weight = graph.parameter(at + "W_O", {layer.n_heads, layer.d_head, d_model}, layer.weight_start);
    const Var bias = layer.b_O ? graph.parameter(at + "b_O", {d_model}) : Var{};
    const Var out = dense(reshape(z, {rows, z.shape().back(3), width}), reshape(weight, {width, d_model}), bias);
    return graph.name(out, layer.prefix + "hook_attn_out");
  }
};

void check(Var queries, Var x, bool causal) {
  require_values("attention", {queries, x});
  const Shape &q = queries.shape(), &k = x.shape();
  if (q.rank() != 3 || k.rank() != 3 || q[0] != k[0] || q[2] != k[2])
    shape_error("attention", {queries, x}, "wanted [rows, query, d_model] and [rows, key, d_model]");
  if (causal && q[1] > k[1]) shape_error("attention", {queries, x}, "there are more queries than positions");
}

}  // namespace

Var trace_attention(Var queries, Var x, const Attention& layer) {
  check(queries, x, layer.causal);
  AttentionTrace to{*x.graph, layer, x.shape()[0], x.shape()[2]};
  const Var q = to.project(queries, "Q", "hook_q", layer.b_Q);
  const Var k = to.project(x, "K", "hook_k", layer.b_K);
  const Var v = to.project(x, "V", "hook_v", layer.b_V);
  return to.write_out(to.attend(q, k, v));
}

}  // namespace basin
