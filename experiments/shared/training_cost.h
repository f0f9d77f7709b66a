// What a training will take, from a few steps of a network that is thrown away.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/shared/training_run.h"

namespace basin::experiments {

// Seconds of one step of a Trainer or SeedTrainer, which has steps left: the mean of at least 20 steps in some 50 ms.
template <class Trainer>
double seconds_per_step(Trainer& trainer) {
  const auto step = [&] {
    if (trainer.epoch_ended()) trainer.end_epoch();
    trainer.step();
  };
  return seconds_of([&] {
           for (int i = 0; i < 20; ++i) step();
         }) /
         20;
}

// Of train_mlp: of one network, or of --seeds, side by side as they are trained.
RunCost training_cost(const Options& options, const nn::Split& data);

}  // namespace basin::experiments
