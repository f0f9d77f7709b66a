#include "nn/transformer.h"

#include <cmath>

#include "autodiff/attention.h"
#include "autodiff/layer_norm.h"
#include "autodiff/ops.h"
#include "nn/transformer_config.h"

namespace basin::nn {
namespace {

Var last_position_of(Var stream) {
  const std::int64_t n = stream.shape().back(2);
  return slice(stream, -2, n - 1, n);
}

struct TransformerTrace {
  Graph& graph;
  const TransformerSpec& spec;
  std::int64_t rows;

  Start weight_start() const { return {Start::normal, spec.init_scale / std::sqrt(double(spec.d_model))}; }
  Var weight(const std::string& name, const Shape& shape) { return graph.parameter(name, shape, weight_start()); }
  Var bias(const std::string& name, std::int64_t width, bool there) {
    return there ? graph.parameter(name, {width}) : Var{};
  }

  Var normalized(Var stream, const std::string& prefix) {
    if (spec.layer_norm == LayerNorm::none) return stream;
    return trace_layer_norm(stream, prefix, spec.layer_norm == LayerNorm::full);
  }

  Var embed() {
    const Var table = weight("embed.W_E", {spec.d_vocab, spec.d_model});
    const Var positions = weight("pos_embed.W_pos", {spec.n_ctx, spec.d_model});
    const Var tokens = graph.name(take_rows(table, graph.input("tokens", {rows, spec.n_ctx})), "hook_embed");
    return tokens + graph.name(expand(positions, tokens.shape()), "hook_pos_embed");
  }

  Var attention(Var queries, Var x, const std::string& prefix) {
    return trace_attention(queries, x,
                           {.n_heads = spec.n_heads,
                            .d_head = spec.d_head,
                            .causal = spec.causal,
                            .b_Q = spec.b_Q,
                            .b_K = spec.b_K,
                            .b_V = spec.b_V,
                            .b_O = spec.b_O,
                            .weight_start = weight_start(),
                            .prefix = prefix});
  }

  Var mlp(Var x, const std::string& prefix) {
    const std::string at = prefix + "mlp.";
    const Var W_in = weight(at + "W_in", {spec.d_model, spec.d_mlp}), b_in = bias(at + "b_in", spec.d_mlp, spec.b_in);
    const Var pre = graph.name(dense(x, W_in, b_in), at + "hook_pre");
    const Var post = graph.name(activate(pre, spec.activation), at + "hook_post");
    const Var W_out = weight(at + "W_out", {spec.d_mlp, spec.d_model});
    return graph.name(dense(post, W_out, bias(at + "b_out", spec.d_model, spec.b_out)), prefix + "hook_mlp_out");
  }

  Var block(Var resid_pre, std::int64_t l) {
    const std::string at = "blocks." + std::to_string(l) + ".";
    const bool only_last = spec.last_position && l + 1 == spec.n_layers;
    const auto kept = [&](Var v) { return only_last ? last_position_of(v) : v; };
    graph.name(resid_pre, at + "hook_resid_pre");
    const Var x = normalized(resid_pre, at + "ln1."), stream = kept(resid_pre);
    Var resid = stream + attention(kept(x), x, at);
    if (!spec.attention_only) {
      if (!spec.parallel_attention) graph.name(resid, at + "hook_resid_mid");
      const Var mlp_in = graph.name(alias(spec.parallel_attention ? stream : resid), at + "hook_mlp_in");
      resid = resid + mlp(normalized(mlp_in, at + "ln2."), at);
    }
    return graph.name(resid, at + "hook_resid_post");
  }

  Ends unembed(Var resid) {
    const Var x = normalized(resid, "ln_final.");
    const Var W_U = weight("unembed.W_U", {spec.d_model, spec.d_vocab_out});
    const Var b_U = bias("unembed.b_U", spec.d_vocab_out, spec.b_U);
    Var logits = dense(x, W_U, b_U);
    if (spec.last_position) logits = reshape(logits, {rows, spec.d_vocab_out});
    graph.name(logits, "logits");
    const Var labels = graph.input("t", logits.shape().first(logits.shape().rank() - 1));
    return {logits, graph.name(cross_entropy(logits, labels), "loss")};
  }
};

}  // namespace

Model transformer(const TransformerSpec& spec) {
  spec.validate();
  const auto trace = [spec](Graph& graph, std::int64_t rows) {
    TransformerTrace to{graph, spec, rows};
    Var stream = to.embed();
    for (std::int64_t l = 0; l < spec.n_layers; ++l) stream = to.block(stream, l);
    if (spec.last_position && spec.n_layers == 0) stream = last_position_of(stream);
    return to.unembed(stream);
  };
  return {trace, config_of(spec)};
}

}  // namespace basin::nn
