// The transformers of tests/golden/transformers as specs, and their numbers.
#pragma once
#include <map>
#include <string>

#include "core/npz.h"
#include "nn/transformer.h"

namespace basin::nn {

inline const std::string golden_transformers = BASIN_SOURCE_DIR "/tests/golden/transformers/";

inline std::map<std::string, TransformerSpec> golden_specs() {
  const TransformerSpec base{.n_layers = 2,
                             .d_model = 8,
                             .n_heads = 2,
                             .d_head = 4,
                             .d_mlp = 12,
                             .d_vocab = 7,
                             .d_vocab_out = 6,
                             .n_ctx = 5,
                             .layer_norm = LayerNorm::full,
                             .activation = Activation::gelu};
  std::map<std::string, TransformerSpec> all{{"full", base}};
  const auto add = [&](const char* name, auto change) { change(all[name] = base); };
  add("pre", [](auto& s) { s.layer_norm = LayerNorm::pre, s.activation = Activation::gelu_tanh; });
  add("parallel", [](auto& s) { s.n_layers = 1, s.parallel_attention = true, s.activation = Activation::tanh; });
  add("attention_only", [](auto& s) { s.attention_only = true, s.layer_norm = LayerNorm::none, s.d_head = 3; });
  add("no_bias", [](auto& s) {
    s.n_layers = 1, s.layer_norm = LayerNorm::none, s.activation = Activation::relu;
    for (bool* bias : {&s.b_Q, &s.b_K, &s.b_V, &s.b_O, &s.b_in, &s.b_out, &s.b_U}) *bias = false;
  });
  add("two_way", [](auto& s) {
    s.n_layers = 1, s.causal = false, s.layer_norm = LayerNorm::pre, s.activation = Activation::relu;
  });
  add("last", [](auto& s) { s.last_position = s.parallel_attention = true, s.activation = Activation::relu; });
  add("modadd", [](auto& s) {
    s.n_layers = 1, s.n_heads = 4, s.d_head = 2, s.d_mlp = 32, s.d_vocab = 6, s.n_ctx = 3;
    s.layer_norm = LayerNorm::none, s.activation = Activation::relu, s.last_position = true;
  });
  return all;
}

struct GoldenTransformer {
  explicit GoldenTransformer(const std::string& name)
      : spec(golden_specs().at(name)),
        model(transformer(spec)),
        arrays(read_npz(golden_transformers + name + ".npz")),
        parameters(parameters_of(model)),
        data{{"tokens", arrays.at("tokens")}, {"t", arrays.at("t")}} {
    for (const auto& slice : parameters.slices())
      std::ranges::copy(arrays.at(slice.name).data, parameters[slice.name].begin());
  }
  std::int64_t rows() const { return arrays.at("tokens").shape[0]; }

  TransformerSpec spec;
  Model model;
  std::map<std::string, Tensor<double>> arrays;
  Parameters<double> parameters;
  Inputs data;
};

}  // namespace basin::nn
