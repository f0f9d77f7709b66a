#include <doctest/doctest.h>

#include "core/parallel.h"
#include "nn/data/toy_tasks.h"
#include "nn/train_seeds.h"
#include "tests/count_allocations.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using basin::testing::AllocationCounter;

TEST_CASE("a training step allocates nothing once its batch sizes have been met") {
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  for (const OptimizerSpec& optimizer : {OptimizerSpec{}, OptimizerSpec{.kind = OptimizerKind::sgd, .momentum = 0.9}}) {
    MlpTraining spec{
        {.optimizer = optimizer, .schedule = {.warm_up = 3, .decay = Decay::cosine, .steps = 100}, .batch = 7},
        {.widths = {6, 16, 16, 2}}};
    for (std::int64_t micro : {0, 3}) {
      spec.micro_batch = micro, spec.clip = micro ? 1 : 0;
      auto trainer = trainer_of<float>(spec, data);
      while (!trainer.epoch_ended()) trainer.step();
      trainer.end_epoch();
      AllocationCounter counter;
      while (!trainer.epoch_ended()) trainer.step();
      CHECK(counter.stop() == 0);
    }
  }
}

TEST_CASE("a step of networks side by side allocates nothing once its batch sizes have been met") {
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  SeedTrainer<float> trainer(mlp({.widths = {6, 16, 2}}, Loss::mse), {.batch = 7}, {1, 2, 3}, {inputs_of(data.train)});
  trainer.run_to(1);
  AllocationCounter counter;
  while (!trainer.epoch_ended()) trainer.step();
  CHECK(counter.stop() == 0);
}

TEST_CASE("a training step on threads allocates what starting them takes") {
  const auto of_starting = [](int threads) {
    AllocationCounter counter;
    parallel_for(threads, threads, [](std::int64_t, int) {});
    return counter.stop();
  };
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  for (int threads : {2, 3}) {
    const MlpTraining spec{{.batch = 17, .micro_batch = 4, .threads = threads}, {.widths = {6, 16, 2}}};
    auto trainer = trainer_of<float>(spec, data);
    while (!trainer.epoch_ended()) trainer.step();
    trainer.end_epoch();
    AllocationCounter counter;
    while (!trainer.epoch_ended()) trainer.step();
    CHECK(counter.stop() <= trainer.steps_per_epoch() * of_starting(threads));
  }
}

TEST_CASE("evaluation allocates no more than its results") {
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  auto trainer = trainer_of<float>({{}, {.widths = {6, 16, 2}}}, data);
  DatasetEvaluator<float> evaluate(trainer.model(), trainer.parameters(), data.test);
  evaluate();
  AllocationCounter counter;
  evaluate();
  CHECK(counter.stop() == 1);
}
