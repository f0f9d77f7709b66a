// The setting "modular" of the study: a transformer that learns a + b mod 59 until it groks, as modular_addition's
// quick preset trains it.
#pragma once
#include "interp/basis/folded.h"

namespace basin::experiments {

// A transformer of modular_addition, cut before and behind attention and the MLP, and at the logits; its input is
// "tokens".
interp::FoldedModel modular_sections(const interp::ModelPoint& transformer);

struct ModularSetting {
  interp::FoldedModel model;  // modular_sections
  Tensor<double> tokens{};    // of all pairs [p², 3]
  Tensor<double> labels{};    // [p²]
  std::int64_t epochs = 0;    // of training
};

// Trained from this start, on the same pairs for every seed. Errors: those of Trainer.
ModularSetting modular_setting(std::int64_t seed);

}  // namespace basin::experiments
