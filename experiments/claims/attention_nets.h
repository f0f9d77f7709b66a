// Attention layers for claim C15, with heads that share a pattern.
#pragma once
#include "core/rng.h"
#include "interp/degeneracy/attention.h"

namespace basin::experiments {

// A random layer with heads of width 2 on sequences of 5 tokens, d_model = 6.
struct AttentionPlan {
  std::vector<std::int64_t> sharing{1, 1};  // heads behind each pattern
  bool key_value_bias = false;              // b_K and b_V as parameters of their own
  bool constant_input = false;              // the first input coordinate is 1 everywhere
};

struct AttentionNet {
  interp::AttentionLayer layer;
  Tensor<double> x;  // [sequence, position, d_model]
};

// Heads that share a pattern have W_Q A and W_K A^-T of the first of them, with a random A for each: other factors,
// equal products W_Q W_K^T. Everything else is drawn anew.
AttentionNet attention_net(const AttentionPlan& plan, Rng rng);

}  // namespace basin::experiments
