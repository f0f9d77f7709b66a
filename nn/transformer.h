// Transformers as models: decoders of tokens, under TransformerLens's names and shapes, in memory and in files.
//
//   tokens [rows, n_ctx]                                     input, whole numbers below d_vocab
//   embed.W_E [d_vocab, d_model]  hook_embed
//   pos_embed.W_pos [n_ctx, d_model]  hook_pos_embed         both [rows, n_ctx, d_model]
//   blocks.l.hook_resid_pre  .hook_resid_mid  .hook_resid_post  .hook_attn_out  .hook_mlp_out: the same shape
//   blocks.l.hook_mlp_in                                     the stream as the MLP alone reads it
//   blocks.l.ln1.*  .ln2.*  ln_final.*                       autodiff/layer_norm.h
//   blocks.l.attn.*                                          autodiff/attention.h
//   blocks.l.mlp.W_in [d_model, d_mlp]  .b_in  .hook_pre  .hook_post [rows, n_ctx, d_mlp]  .W_out  .b_out
//   unembed.W_U [d_model, d_vocab_out]  .b_U
//   logits [rows, n_ctx, d_vocab_out]
//   t, loss [rows, n_ctx]                                    input, the next tokens; cross-entropy of each
//
// There is no hook_resid_mid where attention and MLP read the same stream or there is no MLP, as in TransformerLens.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "autodiff/model.h"
#include "nn/mlp.h"

namespace basin::nn {

enum class LayerNorm {
  none,
  pre,   // normalised, no parameters (LNPre)
  full,  // with scale and shift, w and b (LN)
};

LayerNorm layer_norm_from(std::string_view name);  // UsageError listing the names
std::string_view name_of(LayerNorm n);

struct TransformerSpec {
  std::int64_t n_layers = 1, d_model = 0, n_heads = 0, d_head = 0;
  std::int64_t d_mlp = 0;                     // not looked at without MLPs
  std::int64_t d_vocab = 0, d_vocab_out = 0;  // tokens that go in, classes that come out
  std::int64_t n_ctx = 0;                     // positions
  LayerNorm layer_norm = LayerNorm::none;
  Activation activation = Activation::relu;
  bool causal = true;
  bool attention_only = false;      // no MLPs
  bool parallel_attention = false;  // the MLP reads hook_resid_pre, as attention does
  // Logits [rows, d_vocab_out] and loss [rows] of the last position alone, for labels "t" [rows]. Nothing is computed
  // that they do not need: in the last block queries and all that comes behind them have one position, the last.
  bool last_position = false;
  bool b_Q = true, b_K = true, b_V = true, b_O = true, b_in = true, b_out = true, b_U = true;  // which biases there are
  // Weights and embeddings start normal with deviation init_scale / sqrt(d_model), biases at 0. 1 is what Nanda et al.
  // (2023) trained modular addition from, save for W_U; TransformerLens takes 0.8.
  double init_scale = 1;

  void validate() const;  // UsageError naming the field
  bool operator==(const TransformerSpec&) const = default;
};

// Its config holds the whole spec. UsageError for a bad one.
Model transformer(const TransformerSpec& spec);

// From a config, such as a checkpoint's metadata; other keys are left alone. DataError naming the key.
TransformerSpec transformer_spec_from(const std::map<std::string, std::string>& config);
inline Model transformer_from(const std::map<std::string, std::string>& config) {
  return transformer(transformer_spec_from(config));
}

}  // namespace basin::nn
