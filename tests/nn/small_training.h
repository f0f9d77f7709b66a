// An MLP and how it is trained on a data set, for the tests of training.
#pragma once
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

}  // namespace basin::nn
