#include "experiments/shared/sequence_training.h"

#include "experiments/shared/token_files.h"

namespace basin::experiments {
namespace {

nn::TransformerSpec network_of(const Options& o, const TokenTask& task) {
  nn::TransformerSpec spec{.n_layers = o.integer("layers"),
                           .d_vocab = task.d_vocab,
                           .d_vocab_out = task.d_vocab_out,
                           .n_ctx = task.data.inputs(),
                           .layer_norm = nn::layer_norm_from(o.text("layer-norm")),
                           .activation = nn::activation_from(o.text("activation")),
                           .causal = !o.flag("two-way"),
                           .attention_only = o.flag("attention-only"),
                           .parallel_attention = o.flag("parallel-attention"),
                           .last_position = task.last_position,
                           .init_scale = o.number("init-scale")};
  for (bool* bias : {&spec.b_Q, &spec.b_K, &spec.b_V, &spec.b_O, &spec.b_in, &spec.b_out, &spec.b_U})
    *bias = !o.flag("no-bias");
  if (!spec.causal && !task.last_position)
    throw UsageError("--two-way: a position would read the token that it is to say; help: give --labels");
  spec = with_sizes(spec, o);
  spec.validate();
  return spec;
}

}  // namespace

Options sequence_options() {
  Options o("train_transformer",
            "Trains a transformer on sequences of tokens: to say the next token, or the label of a sequence.",
            {"train_transformer --data tokens.npy",
             "train_transformer --data tokens.npy --layers 2 --d-model 128 --epochs 50",
             "train_transformer --data sequences.npy --labels labels.npy --layer-norm none --activation relu"});
  o.add_data("", "tokens: .npy of whole numbers [sequences, positions]");
  o.add_string("labels", "", ".npy of whole numbers [sequences]: what the last position is to say");
  o.add_int("vocab", 0, "tokens that there are; 0: one more than the largest", 0);
  o.add_int("classes", 0, "logits; 0: as many as tokens, or one more than the largest label", 0);
  o.add_double("train-fraction", 0.8, "share of the sequences to train on", 0, 1);
  o.add_int("layers", 1, "blocks", 0, 1000);
  o.add_choice("layer-norm", "full", {"none", "pre", "full"}, "pre: without scale and shift");
  o.add_choice("activation", "gelu", {"relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "linear"}, "of the MLPs");
  o.add_flag("two-way", "attention to later positions too");
  o.add_flag("attention-only", "no MLPs");
  o.add_flag("parallel-attention", "the MLP reads what attention reads");
  o.add_flag("no-bias", "no biases anywhere but in layer norms");
  o.add_double("init-scale", 1, "of the first weights, times 1 / sqrt(d-model)", 0);
  add_transformer_options(o, {.d_model = 64, .d_head = 16, .d_mlp = 256, .epochs = 20, .batch = 64, .weight_decay = 0});
  return o;
}

TokenTraining sequence_training(const Options& o) {
  if (o.text("data").empty()) throw UsageError("--data: nothing given; wanted a .npy file of tokens");
  const TokenTask task = read_tokens(o.text("data"), o.text("labels"), o.integer("vocab"), o.integer("classes"));
  const nn::Split data = nn::split(task.data, o.number("train-fraction"), std::uint64_t(o.integer("seed")));
  return {.network = network_of(o, task), .train = transformer_train_spec(o, data), .data = data};
}

}  // namespace basin::experiments
