// Networks side by side: each as if it were trained alone, whoever its neighbours are.
#include "nn/train_seeds.h"

#include <doctest/doctest.h>

#include <limits>

#include "nn/data/toy_tasks.h"
#include "tests/core/temp_folder.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

const Split& rows_for_seeds() {  // 80 rows to learn from: batches of 7, the last of 3
  static const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  return data;
}

const Split& digits_for_seeds() {
  static const Split data = split(parity_classes({.blocks = 2, .inputs = 2, .samples = 90}).data, 0.8, 1);
  return data;
}

MlpTraining seeds_training(const Split& data, OptimizerSpec optimizer = {}) {
  return {{.optimizer = optimizer, .schedule = {.rate = 1e-2, .warm_up = 3}, .epochs = 4, .batch = 7},
          {.widths = {data.train.inputs(), 8, data.train.outputs()}, .activation = Activation::tanh}};
}

template <class T>
SeedTrainer<T> side_by_side(const MlpTraining& spec, const Split& data, std::vector<std::uint64_t> seeds) {
  return {mlp(spec.mlp, loss_of(data.train)), spec, std::move(seeds), {inputs_of(data.train)}};
}

template <class T>
void run_steps(SeedTrainer<T>& trainer, int n) {
  for (int i = 0; i < n; ++i) {
    trainer.step();
    if (trainer.epoch_ended()) trainer.end_epoch();
  }
}

template <class T>
std::string bytes_of(const SeedTrainer<T>& trainer, int network, const std::string& path) {
  trainer.save(network, path);
  return read_file(path);
}

template <class T>
double difference(const Parameters<T>& a, const Parameters<T>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.flat().size(); ++i)
    largest = std::max(largest, std::abs(double(a.flat()[i]) - double(b.flat()[i])));
  return largest;
}

}  // namespace

TEST_CASE_TEMPLATE("each network takes the steps that it takes alone", T, float, double) {
  const double rounding = std::is_same_v<T, float> ? 2e-4 : 1e-11;
  for (const Split* data : {&rows_for_seeds(), &digits_for_seeds()})
    for (const OptimizerSpec& optimizer :
         {OptimizerSpec{}, OptimizerSpec{.kind = OptimizerKind::sgd, .momentum = 0.9, .weight_decay = 0.1},
          OptimizerSpec{.kind = OptimizerKind::adamw, .weight_decay = 0.5}}) {
      MlpTraining spec = seeds_training(*data, optimizer);
      auto all = side_by_side<T>(spec, *data, {4, 9, 2});
      CHECK(all.networks() == 3);
      for (int i = 0; i < 3; ++i) {
        spec.seed = std::vector<std::uint64_t>{4, 9, 2}[std::size_t(i)];
        auto alone = trainer_of<T>(spec, *data);
        CHECK(difference(all.parameters(i), alone.parameters()) == 0);
      }
      std::vector<EpochMetrics> metrics;
      while (!all.done()) {
        while (!all.epoch_ended()) all.step();
        metrics = all.end_epoch();
      }
      for (int i = 0; i < 3; ++i) {
        spec.seed = std::vector<std::uint64_t>{4, 9, 2}[std::size_t(i)];
        auto alone = trainer_of<T>(spec, *data);
        EpochMetrics last;
        while (!alone.done()) {
          while (!alone.epoch_ended()) alone.step();
          last = alone.end_epoch();
        }
        CHECK(difference(all.parameters(i), alone.parameters()) < rounding);
        CHECK(metrics[std::size_t(i)].train_loss == doctest::Approx(last.train_loss).epsilon(rounding));
        CHECK(all.last_loss(i) == doctest::Approx(alone.last_loss()).epsilon(100 * rounding));
        CHECK(metrics[std::size_t(i)].epoch == last.epoch);
        CHECK(metrics[std::size_t(i)].step == last.step);
        CHECK(metrics[std::size_t(i)].learning_rate == last.learning_rate);
      }
    }
}

TEST_CASE_TEMPLATE("a network does not depend on its lane or its neighbours, to the byte", T, float, double) {
  const TempFolder folder;
  const MlpTraining spec = seeds_training(digits_for_seeds());
  auto alone = side_by_side<T>(spec, digits_for_seeds(), {7}),
       second = side_by_side<T>(spec, digits_for_seeds(), {3, 7});
  auto full = side_by_side<T>(spec, digits_for_seeds(), {0, 1, 2, 3, 4, 5, 6, 7});
  run_steps(alone, 25), run_steps(second, 25), run_steps(full, 25);
  const std::string bytes = bytes_of(alone, 0, folder / "a");
  CHECK(bytes_of(second, 1, folder / "b") == bytes);
  CHECK(bytes_of(full, 7, folder / "c") == bytes);
  CHECK(bytes_of(second, 0, folder / "d") == bytes_of(full, 3, folder / "e"));
  CHECK(bytes_of(second, 0, folder / "d") != bytes);
}

TEST_CASE("each network learns its own data, if it has some") {
  const auto data_of = [](std::uint64_t seed) {
    return split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 60, .seed = seed}).data, 0.8, 1);
  };
  const Split first = data_of(1), second = data_of(2);
  MlpTraining spec = seeds_training(first);
  SeedTrainer<double> both(mlp(spec.mlp, Loss::mse), spec, {5, 6}, {inputs_of(first.train), inputs_of(second.train)});
  both.run_to(4);
  for (int i = 0; i < 2; ++i) {
    spec.seed = std::uint64_t(5 + i);
    auto alone = trainer_of<double>(spec, i ? second : first);
    alone.run_to(4);
    CHECK(difference(both.parameters(i), alone.parameters()) < 1e-11);
  }
}

TEST_CASE("lanes are evaluated together, on rows in several chunks, on one data set or on their own") {
  const MlpTraining spec = seeds_training(digits_for_seeds());
  auto trainer = side_by_side<double>(spec, digits_for_seeds(), {4, 9});
  run_steps(trainer, 5);
  const Values values = [](Graph& graph, const Ends& ends) { return std::vector<Var>{ends.loss, right(graph, ends)}; };
  Evaluator<Pack<double>> evaluate(trainer.model(), trainer.parameters(), values);
  const Inputs train = inputs_of(digits_for_seeds().train), test = inputs_of(digits_for_seeds().test);
  REQUIRE(rows_of(train, "test") > 64);
  std::array<const Inputs*, 8> own;
  own.fill(&train), own[1] = &train, own[0] = &train;
  const std::vector<double> shared = evaluate.means(train), apart = evaluate.means(own), other = evaluate.means(test);
  REQUIRE(shared.size() == 16);
  CHECK(apart == shared);
  for (int i = 0; i < 2; ++i) {
    const Parameters<double> own_parameters = trainer.parameters(i);
    Evaluator<double> alone(trainer.model(), own_parameters, values);
    const std::vector<double> on_train = alone.means(train), on_test = alone.means(test);
    CHECK(shared[std::size_t(i)] == doctest::Approx(on_train[0]).epsilon(1e-12));
    CHECK(shared[std::size_t(8 + i)] == doctest::Approx(on_train[1]).epsilon(1e-12));
    CHECK(other[std::size_t(i)] == doctest::Approx(on_test[0]).epsilon(1e-12));
  }
  std::array<const Inputs*, 8> mixed = own;
  const Inputs fewer{{"x", train.at("x")}};
  mixed[3] = &fewer;
  CHECK_THROWS_WITH_AS(evaluate.means(mixed), Contains("no 't'"), NameError);
  mixed[3] = &test;
  CHECK_THROWS_AS(evaluate.means(mixed), ShapeError);
}

TEST_CASE_TEMPLATE("networks go on from their files, in other company, as if never interrupted", T, float, double) {
  const TempFolder folder;
  const MlpTraining spec = seeds_training(rows_for_seeds(), {.kind = OptimizerKind::adamw, .weight_decay = 0.1});
  auto whole = side_by_side<T>(spec, rows_for_seeds(), {1, 2, 3}),
       first = side_by_side<T>(spec, rows_for_seeds(), {1, 2, 3});
  run_steps(whole, 31), run_steps(first, 17);
  REQUIRE(first.step_in_epoch() > 0);
  for (int i = 0; i < 3; ++i) first.save(i, folder / std::to_string(i));
  auto second = side_by_side<T>(spec, rows_for_seeds(), {3, 1});
  second.resume({folder / "2", folder / "0"});
  run_steps(second, 14);
  CHECK(bytes_of(second, 0, folder / "a") == bytes_of(whole, 2, folder / "b"));
  CHECK(bytes_of(second, 1, folder / "a") == bytes_of(whole, 0, folder / "b"));

  MlpTraining of_seed = spec;
  of_seed.seed = 2;
  auto alone = trainer_of<T>(of_seed, rows_for_seeds());
  alone.resume(folder / "1");  // a Trainer reads the file too
  CHECK(alone.step_in_epoch() == first.step_in_epoch());
  CHECK(difference(alone.parameters(), first.parameters(1)) == 0);
  CHECK(bytes_of(alone, folder / "a") == read_file(folder / "1"));
}

TEST_CASE("states that do not fit are refused") {
  const TempFolder folder;
  const MlpTraining spec = seeds_training(rows_for_seeds());
  auto first = side_by_side<float>(spec, rows_for_seeds(), {1, 2});
  first.save(0, folder / "at 0");
  run_steps(first, 3);
  first.save(0, folder / "1"), first.save(1, folder / "2");
  CHECK_THROWS_WITH_AS(first.resume({folder / "at 0", folder / "2"}),
                       Contains("at 0 is at step 0 of epoch 0; wanted all as far"), DataError);
  CHECK_THROWS_WITH_AS(first.resume({folder / "2", folder / "1"}), Contains("seed is 2, wanted 1"), DataError);
  CHECK_THROWS_WITH_AS(first.resume({folder / "1"}), Contains("1 states given for 2 networks"), UsageError);
}

TEST_CASE("what cannot be trained side by side is refused") {
  MlpTraining spec = seeds_training(rows_for_seeds());
  const Model model = mlp(spec.mlp, Loss::mse);
  const Inputs rows = inputs_of(rows_for_seeds().train), fewer = inputs_of(rows_for_seeds().test);
  using Seeds = std::vector<std::uint64_t>;
  const auto refused = [&](const Seeds& seeds, const std::vector<Inputs>& data, const char* why) {
    CHECK_THROWS_WITH_AS(SeedTrainer<double>(model, spec, seeds, data), Contains(why), UsageError);
  };
  refused({}, {rows}, "0 networks given; wanted 1 to 8");
  refused(Seeds(9, 1), {rows}, "9 networks given; wanted 1 to 8");
  refused({1, 2, 3}, {rows, rows}, "2 data sets for 3 networks");
  refused({1, 2}, {rows, fewer}, "data set 1 has 20 rows, the first has 80");
  spec.clip = 1;
  refused({1}, {rows}, "micro_batch and clip must be 0");
}

TEST_CASE("NaN stops training by the seed's name, and no network has moved") {
  auto trainer = side_by_side<double>(seeds_training(rows_for_seeds()), rows_for_seeds(), {11, 12, 13});
  trainer.step();
  Parameters<double> broken = trainer.parameters(1), before = trainer.parameters(2);
  broken["layers.1.bias"][0] = std::numeric_limits<double>::quiet_NaN();
  trainer.start(1, broken);
  CHECK_THROWS_WITH_AS(trainer.step(), Contains("'layers.1.bias' = input [2] (element 0 of lane 1 is nan)"),
                       NumericalError);
  CHECK_THROWS_WITH_AS(trainer.step(), Contains("look at the inputs of seed 12"), NumericalError);
  CHECK(difference(trainer.parameters(2), before) == 0);
  CHECK(trainer.step_in_epoch() == 1);
}
