// An MLP and how it is trained on a data set, for the tests of training.
#pragma once
#include <string>

#include "core/file.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::nn {

struct MlpTraining : TrainSpec {
  MlpSpec mlp{};
};

template <class T>
Trainer<T> trainer_of(const MlpTraining& spec, const Split& data) {
  return {mlp(spec.mlp, loss_of(data.train)), spec, inputs_of(data.train)};
}

template <class T>
Evaluation evaluation_of(Trainer<T>& trainer, const Dataset& data) {
  return evaluate(trainer.model(), trainer.parameters(), data);
}

template <class T>
void run_steps(Trainer<T>& trainer, int n) {
  for (int i = 0; i < n && !trainer.done(); ++i) {
    trainer.step();
    if (trainer.epoch_ended()) trainer.end_epoch();
  }
}

template <class T>
std::string bytes_of(const Trainer<T>& trainer, const std::string& path) {
  trainer.save(path);
  return read_file(path);
}

}  // namespace basin::nn
