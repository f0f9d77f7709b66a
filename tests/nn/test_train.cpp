#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/file.h"
#include "core/statistics.h"
#include "nn/data/digits.h"
#include "nn/data/toy_tasks.h"
#include "tests/core/temp_folder.h"
#include "tests/largest_difference.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

const Split& regression() {  // 80 rows to learn from
  static const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  return data;
}

const Split& classes() {
  static const Split data = split(parity_classes({.blocks = 2, .inputs = 2, .samples = 90}).data, 0.8, 1);
  return data;
}

MlpTraining small(const Split& data, OptimizerSpec optimizer = {}) {
  return {{.optimizer = optimizer, .schedule = {.rate = 1e-2, .warm_up = 3}, .epochs = 4, .batch = 7, .seed = 5},
          {.widths = {data.train.inputs(), 8, data.train.outputs()}, .activation = Activation::tanh}};
}

}  // namespace

TEST_CASE("training lowers the loss of a regression, and evaluation has no accuracy there") {
  MlpTraining spec = small(regression());
  spec.epochs = 60;
  auto trainer = trainer_of<double>(spec, regression());
  const double before = evaluation_of(trainer, regression().test).loss;
  EpochMetrics last;
  while (!trainer.done()) {
    while (!trainer.epoch_ended()) trainer.step();
    last = trainer.end_epoch();
  }
  const Evaluation after = evaluation_of(trainer, regression().test);
  CHECK(after.loss < 0.2 * before);
  CHECK(last.train_loss < 0.2 * before);
  CHECK(std::isnan(after.accuracy));
  CHECK(last.epoch == 60);
  CHECK(last.step == 60 * 12);  // 80 rows in batches of 7: eleven of 7 and one of 3
  CHECK(last.learning_rate == 1e-2);
}

TEST_CASE("the digits are learnt to 96 percent") {
  const Split digits = load_digits();
  const MlpTraining spec{{.schedule = {.rate = 3e-3}, .epochs = 30}, {.widths = {64, 64, 10}, .init = Init::he}};
  auto trainer = trainer_of<float>(spec, digits);
  EpochMetrics first, last;
  while (!trainer.done()) {
    while (!trainer.epoch_ended()) trainer.step();
    last = trainer.end_epoch();
    if (last.epoch == 1) first = last;
  }
  CHECK(last.train_loss < 0.2 * first.train_loss);
  CHECK(evaluation_of(trainer, digits.test).accuracy >= 0.96);
}

TEST_CASE("an epoch's loss is the mean over its rows, with a shorter last batch") {
  const MlpTraining spec = small(regression(), {.kind = OptimizerKind::sgd});
  auto trainer = trainer_of<double>(spec, regression());
  CHECK(trainer.steps_per_epoch() == 12);
  double sum = 0;
  for (int i = 0; i < 12; ++i) {
    CHECK_FALSE(trainer.epoch_ended());
    trainer.step();
    sum += trainer.last_loss() * (i < 11 ? 7 : 3);
  }
  CHECK(trainer.epoch_ended());
  CHECK_THROWS_WITH_AS(trainer.step(), "trainer: a step behind the epoch's last; help: call end_epoch first",
                       UsageError);
  CHECK(trainer.end_epoch().train_loss == doctest::Approx(sum / 80).epsilon(1e-14));
  CHECK(trainer.epoch() == 1);
  CHECK(trainer.step_in_epoch() == 0);
}

TEST_CASE("running to an epoch is stepping to it, from wherever training is") {
  const MlpTraining spec = small(regression());
  auto stepped = trainer_of<double>(spec, regression()), run = trainer_of<double>(spec, regression());
  for (; stepped.epoch() < 2; stepped.end_epoch())
    while (!stepped.epoch_ended()) stepped.step();
  run.step();
  run.run_to(2);
  run.run_to(1);  // is behind it already
  CHECK(run.epoch() == 2);
  CHECK(largest_difference(run.parameters().flat(), stepped.parameters().flat()) == 0);
}

TEST_CASE("an epoch reports the rate of its last step") {
  MlpTraining spec = small(regression());
  spec.schedule = {.rate = 1e-3, .warm_up = 1000};  // step i has the rate (i + 1) 1e-6; an epoch has 12
  auto trainer = trainer_of<double>(spec, regression());
  for (int epoch = 1; epoch <= 3; ++epoch) {
    while (!trainer.epoch_ended()) trainer.step();
    CHECK(trainer.end_epoch().learning_rate == doctest::Approx(12e-6 * epoch).epsilon(1e-12));
  }
}

TEST_CASE("each step goes by the rate that the schedule has for it") {
  MlpTraining spec = small(regression(), {.kind = OptimizerKind::sgd});
  spec.batch = 1000;
  spec.schedule = {.rate = 0.4, .warm_up = 4};
  auto rising = trainer_of<double>(spec, regression());
  for (double rate : {0.1, 0.2, 0.3, 0.4, 0.4}) {
    // The step that a constant rate of 1 would take from here: minus the gradient.
    MlpTraining plain = spec;
    plain.schedule = {.rate = 1};
    auto gradient = trainer_of<double>(plain, regression());
    std::ranges::copy(rising.parameters().flat(), gradient.parameters().flat().begin());
    const std::vector<double> before(rising.parameters().flat().begin(), rising.parameters().flat().end());
    gradient.step();
    rising.step();
    if (rising.epoch_ended()) rising.end_epoch();
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double full = gradient.parameters().flat()[i] - before[i];
      worst = worse(worst, std::abs(rising.parameters().flat()[i] - before[i] - rate * full));
      largest = std::max(largest, std::abs(full));
    }
    CHECK(worst < 1e-12 * largest);
  }
}

TEST_CASE("a batch larger than the data is one batch of all rows, and one step is plain gradient descent") {
  MlpTraining spec = small(regression(), {.kind = OptimizerKind::sgd});
  spec.batch = 1000;
  spec.schedule = {.rate = 0.5};
  auto trainer = trainer_of<double>(spec, regression());
  CHECK(trainer.steps_per_epoch() == 1);
  const double before = evaluation_of(trainer, regression().train).loss;
  trainer.step();
  CHECK(trainer.epoch_ended());
  CHECK(trainer.last_loss() == doctest::Approx(before).epsilon(1e-13));
  CHECK(evaluation_of(trainer, regression().train).loss < before);
}

TEST_CASE("evaluation counts the rows whose largest output is the label, over chunks") {
  const Split digits = load_digits();
  const Model model = mlp({.widths = {64, 10}}, Loss::cross_entropy);
  Parameters<double> params(parameters_of(model));
  params["layers.0.bias"][3] = 50;  // always says 3
  double threes = 0;
  for (float label : digits.train.y.data) threes += label == 3;
  const Evaluation e = evaluate(model, params, digits.train);
  CHECK(e.accuracy == doctest::Approx(threes / 1437));
  CHECK(e.loss == doctest::Approx(50 * (1437 - threes) / 1437));
}

TEST_CASE("a run resumed in the middle of an epoch is byte-equal to one that was never interrupted") {
  const TempFolder folder;
  const OptimizerSpec specs[] = {{}, {.kind = OptimizerKind::sgd}, {.kind = OptimizerKind::sgd, .momentum = 0.9}};
  auto check = [&]<class T>(T, const Split& data, const OptimizerSpec& optimizer) {
    const MlpTraining spec = small(data, optimizer);
    auto whole = trainer_of<T>(spec, data), first = trainer_of<T>(spec, data), second = trainer_of<T>(spec, data);
    run_steps(whole, 1000);
    run_steps(first, 17);  // past the first epoch, within the second
    REQUIRE(first.epoch() == 1);
    REQUIRE(first.step_in_epoch() > 0);
    first.save(folder / "half.safetensors");
    second.resume(folder / "half.safetensors");
    CHECK(bytes_of(second, folder / "again.safetensors") == read_file(folder / "half.safetensors"));
    run_steps(second, 1000);
    CHECK(bytes_of(second, folder / "b.safetensors") == bytes_of(whole, folder / "a.safetensors"));
    CHECK(bytes_of(first, folder / "c.safetensors") != read_file(folder / "a.safetensors"));
  };
  for (const auto& optimizer : specs) {
    check(float(), classes(), optimizer);
    check(double(), regression(), optimizer);
  }
}

TEST_CASE("a resumed epoch reports the loss of the whole epoch") {
  const TempFolder folder;
  const MlpTraining spec = small(regression());
  auto whole = trainer_of<float>(spec, regression()), half = trainer_of<float>(spec, regression());
  run_steps(whole, 5), whole.save(folder / "a.safetensors"), half.resume(folder / "a.safetensors");
  for (auto* t : {&whole, &half})
    while (!t->epoch_ended()) t->step();
  CHECK(whole.end_epoch().train_loss == half.end_epoch().train_loss);
}

TEST_CASE("the same seed gives the same run, another seed another one") {
  const TempFolder folder;
  std::vector<std::string> files;
  for (std::uint64_t seed : {5, 5, 6}) {
    MlpTraining spec = small(classes());
    spec.seed = seed;
    auto trainer = trainer_of<float>(spec, classes());
    run_steps(trainer, 30);
    files.push_back(bytes_of(trainer, folder / "a.safetensors"));
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0] != files[2]);
}

TEST_CASE("NaN in the loss stops training with the name of the value it comes from") {
  auto trainer = trainer_of<float>(small(regression()), regression());
  trainer.parameters()["layers.1.bias"][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(trainer.step(), Contains("NaN or Inf first appears in 'layers.1.bias'"), NumericalError);
  MlpTraining wild = small(regression(), {.kind = OptimizerKind::sgd});
  wild.schedule = {.rate = 1e20};
  auto diverging = trainer_of<float>(wild, regression());
  CHECK_THROWS_AS(run_steps(diverging, 40), NumericalError);
}

TEST_CASE("a training specification that does not fit is refused") {
  auto refused = [](auto change, const char* text) {
    MlpTraining spec = small(regression());
    change(spec);
    CHECK_THROWS_WITH_AS(trainer_of<float>(spec, regression()), Contains(text), UsageError);
  };
  refused([](MlpTraining& s) { s.mlp.widths = {}; }, "0 widths");
  refused([](MlpTraining& s) { s.batch = 0; }, "batch 1 or more");
  refused([](MlpTraining& s) { s.epochs = -1; }, "epochs must be 0 or more");
  refused([](MlpTraining& s) { s.micro_batch = -1; }, "micro_batch and clip");
  refused([](MlpTraining& s) { s.clip = NAN; }, "micro_batch and clip");
  refused([](MlpTraining& s) { s.optimizer.beta1 = 1; }, "beta1");
  refused([](MlpTraining& s) { s.schedule.rate = -1; }, "rate");
  CHECK_THROWS_WITH_AS(require_fit({.widths = {5, 2}}, regression().train),
                       Contains("the network has widths 5,2 but data set 'regression' has 6 inputs and 2 outputs"),
                       UsageError);
  CHECK_THROWS_WITH_AS(require_fit({.widths = {6, 3}}, regression().train), Contains("6,3"), UsageError);
}

TEST_CASE("micro-batches add up to the batch's gradient, whatever their size") {
  MlpTraining spec = small(regression(), {.kind = OptimizerKind::sgd, .momentum = 0.9});
  auto whole = trainer_of<double>(spec, regression());
  run_steps(whole, 40);
  for (std::int64_t rows : {1, 3, 7, 100}) {
    spec.micro_batch = rows;
    auto parts = trainer_of<double>(spec, regression());
    run_steps(parts, 40);
    CHECK(largest_difference(parts.parameters().flat(), whole.parameters().flat()) < 1e-12);
    CHECK(parts.last_loss() == doctest::Approx(whole.last_loss()).epsilon(1e-12));
  }
}

TEST_CASE("a gradient longer than the clip is scaled down to it, a shorter one is left alone") {
  const auto step_of = [](double clip) {
    MlpTraining spec = small(regression(), {.kind = OptimizerKind::sgd});
    spec.clip = clip, spec.schedule = {.rate = 1};
    auto trainer = trainer_of<double>(spec, regression());
    std::vector<double> step(trainer.parameters().flat().begin(), trainer.parameters().flat().end());
    trainer.step();
    for (std::size_t i = 0; i < step.size(); ++i) step[i] = trainer.parameters().flat()[i] - step[i];
    return step;
  };
  const auto length = [](const std::vector<double>& v) {
    double square = 0;
    for (double x : v) square += x * x;
    return std::sqrt(square);
  };
  const std::vector<double> free = step_of(0);
  std::vector<double> half = step_of(length(free) / 2);
  CHECK(length(half) == doctest::Approx(length(free) / 2).epsilon(1e-12));
  for (double& v : half) v *= 2;
  CHECK(largest_difference(half, free) < 1e-12);
  CHECK(largest_difference(step_of(1.001 * length(free)), free) < 1e-15);
}
