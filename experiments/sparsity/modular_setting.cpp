#include "experiments/sparsity/modular_setting.h"

#include "experiments/modular/modular_study.h"
#include "nn/data/modular_arithmetic.h"
#include "nn/train.h"

namespace basin::experiments {
namespace {

// One training of modular_addition --preset quick.
TokenTraining quick_training(std::int64_t seed) {
  Options o("sparsity", "", {});
  add_modular_options(o);
  const std::string start = std::to_string(seed);
  const char* words[] = {"sparsity", "--epochs", "3000", "--seeds", start.c_str()};
  o.parse(std::ssize(words), words);
  return modular_trainings(o).front();
}

}  // namespace

interp::FoldedModel modular_sections(const interp::ModelPoint& transformer) {
  return {transformer,
          {{"before_attention", "blocks.0.hook_resid_pre"},
           {"before_mlp", "blocks.0.hook_resid_mid"},
           {"behind_mlp", "blocks.0.hook_resid_post"},
           {"logits", "logits"}}};
}

ModularSetting modular_setting(std::int64_t seed) {
  const TokenTraining training = quick_training(seed);
  const Model model = nn::transformer(training.network);
  nn::Trainer<float> trainer(model, training.train, token_inputs(training.data.train));
  trainer.run_to(training.train.epochs);
  const nn::Dataset pairs = nn::modular_arithmetic(nn::ModularTask::add, training.network.d_vocab - 1);
  const Inputs inputs = token_inputs(pairs);
  return {.model = modular_sections({model, cast<double>(trainer.parameters())}),
          .tokens = inputs.at("tokens"),
          .labels = inputs.at("t"),
          .epochs = training.train.epochs};
}

}  // namespace basin::experiments
