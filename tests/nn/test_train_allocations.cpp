#include <doctest/doctest.h>

#include "nn/data/toy_tasks.h"
#include "nn/train.h"
#include "tests/count_allocations.h"

using namespace basin;
using namespace basin::nn;
using basin::testing::AllocationCounter;

TEST_CASE("a training step allocates nothing once its batch sizes have been met") {
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  for (const OptimizerSpec& optimizer : {OptimizerSpec{}, OptimizerSpec{.kind = OptimizerKind::sgd, .momentum = 0.9}}) {
    const TrainSpec spec{.mlp = {.widths = {6, 16, 16, 2}},
                         .optimizer = optimizer,
                         .schedule = {.warm_up = 3, .decay = Decay::cosine, .steps = 100},
                         .batch = 7};
    Trainer<float> trainer(spec, data.train, data.test);
    while (!trainer.epoch_ended()) trainer.step();
    trainer.end_epoch();
    AllocationCounter counter;
    while (!trainer.epoch_ended()) trainer.step();
    CHECK(counter.stop() == 0);
  }
}

TEST_CASE("evaluation allocates no more than its list of rows") {
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  Trainer<float> trainer({.mlp = {.widths = {6, 16, 2}}}, data.train, data.test);
  trainer.evaluate_on(data.test);
  AllocationCounter counter;
  trainer.evaluate_on(data.test);
  CHECK(counter.stop() == 1);
}
