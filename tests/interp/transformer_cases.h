// Transformers whose free directions are counted: their numbers, and their shape in integers.
#pragma once
#include "core/rng.h"
#include "interp/degeneracy/planted_transformer.h"
#include "interp/degeneracy/transformer_count.h"
#include "interp/sweep/sweep.h"
#include "nn/transformer.h"

namespace basin::interp {

// V = 7, d = 4, two heads of width 2, six neurons, three positions, all biases: 213 parameters.
inline nn::TransformerSpec small_transformer() {
  return {.d_model = 4, .n_heads = 2, .d_head = 2, .d_mlp = 6, .d_vocab = 7, .d_vocab_out = 7, .n_ctx = 3};
}

// A model as it is traced, with generic numbers.
inline ModelPoint generic_point(const Model& model, std::uint64_t seed, double scale = 1) {
  ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  draw_generic(point.parameters, Rng(seed, "theta"), scale);
  return point;
}

inline Inputs random_tokens(const nn::TransformerSpec& spec, std::int64_t rows, std::uint64_t seed,
                            std::int64_t tokens = 0) {
  Tensor<double> all({rows, spec.n_ctx});
  Rng rng(seed, "tokens");
  for (double& v : all.data) v = double(rng.next_u64() % std::uint64_t(tokens > 0 ? tokens : spec.d_vocab));
  return {{"tokens", all}};
}

// With heads and neurons each for itself.
inline TransformerShape shape_of(const nn::TransformerSpec& s) {
  const TransformerShape::Block block{.sharing = std::vector<std::int64_t>(s.n_heads, 1),
                                      .firing = std::vector<std::int64_t>(s.attention_only ? 0 : s.d_mlp, 1)};
  return {.d_model = s.d_model,
          .d_head = s.d_head,
          .d_vocab_out = s.d_vocab_out,
          .tokens = s.d_vocab,
          .used = s.d_vocab,
          .positions = s.n_ctx,
          .blocks = std::vector<TransformerShape::Block>(s.n_layers, block),
          .mlp = !s.attention_only,
          .relu = s.activation == nn::Activation::relu,
          .parallel = s.parallel_attention,
          .norm = TransformerShape::Norm(s.layer_norm),
          .b_Q = s.b_Q,
          .b_K = s.b_K,
          .b_V = s.b_V,
          .b_O = s.b_O,
          .b_in = s.b_in,
          .b_out = s.b_out,
          .b_U = s.b_U};
}

}  // namespace basin::interp
