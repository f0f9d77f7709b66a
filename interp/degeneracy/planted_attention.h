// Random attention layers whose heads are planted to share patterns: their free directions are known (docs/theory.md
// §3.6).
#pragma once
#include "core/rng.h"
#include "interp/degeneracy/attention.h"

namespace basin::interp {

struct AttentionPlan {
  std::vector<std::int64_t> sharing{1, 1};  // heads behind each pattern
  bool key_value_bias = false;              // b_K and b_V as parameters of their own
  bool constant_input = false;              // the first input coordinate is 1 everywhere
  std::int64_t d_model = 6, d_head = 2, sequences = 40, positions = 5;
};

struct PlantedAttention {
  AttentionLayer layer;
  Tensor<double> x;  // [sequence, position, d_model]
};

// Heads that share a pattern have W_Q A and W_K A^-T of the first of them, with a random A for each: other factors,
// equal products W_Q W_K^T. Everything else is drawn anew.
PlantedAttention planted_attention(const AttentionPlan& plan, Rng rng);

}  // namespace basin::interp
