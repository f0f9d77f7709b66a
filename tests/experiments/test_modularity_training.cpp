#include <doctest/doctest.h>

#include <cmath>

#include "core/lapack.h"
#include "experiments/modularity/modularity_study.h"
#include "nn/data/toy_tasks.h"

using namespace basin;
using namespace basin::experiments;

namespace {

ModularitySpec small_spec() {
  ModularitySpec s;
  s.rows = 32;
  s.test_rows = 50;
  return s;
}

nn::ModuleTraining full_batch_step(std::int64_t blocks, std::int64_t width) {
  nn::ModuleTraining t;
  t.blocks = blocks, t.width = width;
  t.epochs = 1;
  t.batch = 1000;
  t.rate = 1e-3, t.momentum = 0, t.weight_decay = 0.3;
  return t;
}

double loss(const interp::ModularNet& net, const nn::Dataset& data) {
  const Matrix out = outputs(net.assembled(), cast<double>(data.x));
  double sum = 0;
  for (std::int64_t i = 0; i < out.size(); ++i) sum += std::pow(out[i] - data.y[i], 2) / double(out.size());
  return sum;
}

}  // namespace

TEST_CASE("remembered losses are those of the remembered networks") {
  const nn::Split task = modular_task(small_spec(), 1, false);
  for (std::int64_t blocks : {1, 2}) {
    nn::ModuleTraining t;
    t.blocks = blocks, t.width = 5, t.epochs = 3;
    const nn::Trajectory trajectory = nn::train_modules(t, task.train);
    REQUIRE(trajectory.losses.size() == 4);
    CHECK(trajectory.losses[3] < trajectory.losses[0]);
    for (std::int64_t epoch = 0; epoch <= 3; ++epoch)
      CHECK(trajectory.losses[epoch] == doctest::Approx(loss(net_at(trajectory, epoch), task.train)).epsilon(1e-10));
  }
}

TEST_CASE("a step goes down the gradient of one loss of all outputs, for one module and for two") {
  const nn::Split task = modular_task(small_spec(), 1, false);
  for (std::int64_t blocks : {1, 2}) {
    const nn::ModuleTraining t = full_batch_step(blocks, 5);
    nn::Trajectory trajectory = nn::train_modules(t, task.train);
    const std::vector<double> start = trajectory.parameters[0], end = trajectory.parameters[1];
    for (std::size_t i = 0; i < start.size(); i += 7) {
      double slope = 0;
      for (double side : {1.0, -1.0}) {
        trajectory.parameters[1] = start;
        trajectory.parameters[1][i] += side * 1e-6;
        slope += side * loss(net_at(trajectory, 1), task.train) / 2e-6;
      }
      CHECK((end[i] - start[i]) / -t.rate == doctest::Approx(slope + t.weight_decay * start[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("a task is learnt to the bit alike, whichever others are learnt beside it") {
  const nn::Split a = modular_task(small_spec(), 1, false), b = modular_task(small_spec(), 2, true);
  for (std::int64_t blocks : {1, 2}) {
    nn::ModuleTraining t;
    t.blocks = blocks, t.width = 5, t.epochs = 3;
    std::vector<nn::ModuleTask> many(11, {4, &a.train});
    many[9] = {6, &b.train};
    const std::vector<nn::Trajectory> all = nn::train_modules(t, many);
    t.seed = 6;
    const nn::Trajectory alone = nn::train_modules(t, b.train);
    REQUIRE(all.size() == 11);
    CHECK(all[9].losses == alone.losses);
    CHECK(all[9].parameters == alone.parameters);
    CHECK(all[10].parameters == all[0].parameters);
    CHECK(all[10].losses != alone.losses);
  }
  CHECK(nn::train_modules({}, std::span<const nn::ModuleTask>{}).empty());
}

TEST_CASE("modules start apart, and equal seeds start alike") {
  const nn::Split task = modular_task(small_spec(), 1, false);
  nn::ModuleTraining t;
  t.blocks = 2, t.width = 5, t.epochs = 0, t.seed = 4;
  const interp::ModularNet net = net_at(nn::train_modules(t, task.train), 0),
                           again = net_at(nn::train_modules(t, task.train), 0);
  CHECK(net.modules[0].weights[0].data != net.modules[1].weights[0].data);
  CHECK(net.modules[0].biases[0] != net.modules[1].biases[0]);
  CHECK(net.modules[1].weights[0].data == again.modules[1].weights[0].data);
  CHECK(net.modules[1].biases[0] == again.modules[1].biases[0]);
}

TEST_CASE("equal loss is the higher final one, met first") {
  const std::vector<double> fast{5, 3, 1, 2, 0.5}, slow{5, 4, 3, 1.9, 2};
  CHECK(nn::equal_loss_epochs({fast, slow}) == std::vector<std::int64_t>{2, 4});
  CHECK(nn::equal_loss_epochs({slow, fast}) == std::vector<std::int64_t>{4, 2});
}

TEST_CASE("the entangled task has the inputs of the separable one and targets of their size") {
  ModularitySpec spec = small_spec();
  spec.rows = 4000;
  double separable = 0, entangled = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const nn::Split a = modular_task(spec, seed, false), b = modular_task(spec, seed, true);
    CHECK(a.train.x.data == b.train.x.data);
    CHECK(a.train.y.data != b.train.y.data);
    for (float y : a.train.y.data) separable += y * y;
    for (float y : b.train.y.data) entangled += y * y;
  }
  CHECK(entangled / separable == doctest::Approx(1).epsilon(0.25));
}

TEST_CASE("test targets carry no noise, training targets do") {
  ModularitySpec spec = small_spec();
  const nn::Split noisy = modular_task(spec, 2, false);
  spec.noise = 0;
  const nn::Split clean = modular_task(spec, 2, false);
  CHECK(noisy.test.y.data == clean.test.y.data);
  CHECK(noisy.train.y.data != clean.train.y.data);
  CHECK(noisy.test.x.data != noisy.train.x.data);
}

TEST_CASE("a rotated task keeps all distances, between samples and between targets") {
  const nn::Split task = modular_task(small_spec(), 3, false), turned = nn::rotated(task, 3);
  const auto products = [](const Tensor<float>& rows) {
    return matmul(cast<double>(rows), cast<double>(rows), false, true);
  };
  CHECK(task.train.x.data != turned.train.x.data);
  for (auto table : {&nn::Dataset::x, &nn::Dataset::y}) {
    const Matrix before = products(task.train.*table), after = products(turned.train.*table);
    for (std::int64_t i = 0; i < before.size(); ++i) CHECK(std::abs(before[i] - after[i]) < 1e-4);
  }
}
