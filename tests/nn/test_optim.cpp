// Optimizers against PyTorch's (tests/golden/make_torch.py): 100 steps of a 5-7-3 tanh network, from the same start.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/npz.h"
#include "nn/mlp.h"
#include "nn/optim.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::nn;

namespace {

using Arrays = std::map<std::string, Tensor<double>>;

const Arrays& golden() {
  static const Arrays arrays = read_npz(BASIN_SOURCE_DIR "/tests/golden/torch/optimizers.npz");
  return arrays;
}

struct Run {
  std::vector<double> losses, last;
};

template <class T>
Run train(const OptimizerSpec& spec, double rate) {
  Graph g;
  const auto &x = golden().at("x"), &t = golden().at("t");
  Mlp net(g, g.input("x", x.shape), {.widths = {5, 7, 3}, .activation = Activation::tanh});
  const Var loss = mean(mse(net.out, g.input("t", t.shape)));
  Parameters<T> params(g.parameters());
  const auto start = cast<T>(golden().at("start"));
  std::copy(start.data.begin(), start.data.end(), params.flat().begin());
  Program<T> p(g, {.fetch = {loss}, .flat = grad(loss, net.params)}, params.bindings(g));
  p.feed("x", cast<T>(x).data);
  p.feed("t", cast<T>(t).data);
  Optimizer<T> optimizer(spec, params.size());
  Run run;
  for (int i = 0; i < 100; ++i) {
    p.run();
    run.losses.push_back(double(p.scalar(loss)));
    optimizer.update(params.flat(), p.flat(), rate);
  }
  run.last.assign(params.flat().begin(), params.flat().end());
  return run;
}

// Absolute up to 1, relative above.
double distance(const std::vector<double>& got, const Tensor<double>& want) {
  return largest_difference(got, want.data, [](double value) { return std::max(1.0, std::abs(value)); });
}

template <class T>
void check(const std::string& key, const OptimizerSpec& spec, double rate, double tolerance) {
  CAPTURE(key);
  const Run run = train<T>(spec, rate);
  CHECK(distance(run.last, golden().at(key + ".final")) < tolerance);
  CHECK(distance(run.losses, golden().at(key + ".losses")) < tolerance);
}

void check_both(const std::string& name, const OptimizerSpec& spec, double rate) {
  check<double>(name + ".f64", spec, rate, 1e-12);
  check<float>(name + ".f32", spec, rate, 1e-6);
}

double after_one_step(const OptimizerSpec& spec, double weight, double gradient, double rate) {
  Optimizer<double> optimizer(spec, 1);
  optimizer.update({&weight, 1}, std::span<const double>(&gradient, 1), rate);
  return weight;
}

}  // namespace

TEST_CASE("plain SGD follows PyTorch") { check_both("sgd", {.kind = OptimizerKind::sgd}, 0.1); }

TEST_CASE("SGD with momentum and weight decay follows PyTorch") {
  check_both("sgd_momentum", {.kind = OptimizerKind::sgd, .momentum = 0.9, .weight_decay = 1e-2}, 0.05);
}

TEST_CASE("Adam follows PyTorch") { check_both("adam", {.kind = OptimizerKind::adam}, 1e-2); }

TEST_CASE("Adam with weight decay in the gradient follows PyTorch") {
  check_both("adam_decay", {.kind = OptimizerKind::adam, .weight_decay = 1e-2}, 1e-2);
}

TEST_CASE("AdamW follows PyTorch") { check_both("adamw", {.kind = OptimizerKind::adamw, .weight_decay = 1e-2}, 1e-2); }

TEST_CASE("first steps are what the formulas say") {
  CHECK(after_one_step({.kind = OptimizerKind::sgd}, 1, 2, 0.1) == doctest::Approx(0.8));
  CHECK(after_one_step({.kind = OptimizerKind::sgd, .weight_decay = 0.5}, 1, 2, 0.1) == doctest::Approx(0.75));
  CHECK(after_one_step({.kind = OptimizerKind::sgd, .momentum = 0.9}, 1, 2, 0.1) == doctest::Approx(0.8));
  CHECK(after_one_step({.kind = OptimizerKind::adam}, 1, -7, 0.1) ==
        doctest::Approx(1.1));  // the gradient's sign alone
  CHECK(after_one_step({.kind = OptimizerKind::adam}, 1, 0, 0.1) == 1);
  CHECK(after_one_step({.kind = OptimizerKind::adamw, .weight_decay = 0.5}, 1, 0, 0.1) == doctest::Approx(0.95));
}

TEST_CASE("SGD with momentum finds the minimum of a long valley") {
  std::vector<double> w{3, -2};
  Optimizer<double> optimizer({.kind = OptimizerKind::sgd, .momentum = 0.9}, 2);
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> gradient{w[0], 50 * w[1]};  // of (w0² + 50 w1²) / 2
    optimizer.update(w, gradient, 0.02);
  }
  CHECK(std::abs(w[0]) < 1e-3);
  CHECK(std::abs(w[1]) < 1e-3);
  CHECK(optimizer.steps == 500);
}

TEST_CASE("an optimizer goes on exactly from copied state") {
  for (const auto& spec : {OptimizerSpec{.kind = OptimizerKind::sgd, .momentum = 0.9}, OptimizerSpec{}}) {
    std::vector<float> w{1, 2, 3}, copy;
    const std::vector<float> gradient{0.5f, -0.25f, 1};
    Optimizer<float> a(spec, 3), b(spec, 3);
    for (int i = 0; i < 5; ++i) a.update(w, gradient, 0.1);
    copy = w;
    std::copy(a.first().begin(), a.first().end(), b.first().begin());
    std::copy(a.second().begin(), a.second().end(), b.second().begin());
    b.steps = a.steps;
    a.update(w, gradient, 0.1);
    b.update(copy, gradient, 0.1);
    CHECK(w == copy);
  }
}

TEST_CASE("state is there only where the method has it") {
  Optimizer<double> plain({.kind = OptimizerKind::sgd}, 4), momentum({.kind = OptimizerKind::sgd, .momentum = 0.5}, 4);
  Optimizer<double> adam({}, 4);
  CHECK(plain.first().empty());
  CHECK(momentum.first().size() == 4);
  CHECK(momentum.second().empty());
  CHECK(adam.first().size() == 4);
  CHECK(adam.second().size() == 4);
}

TEST_CASE("an optimizer refuses what makes no sense") {
  CHECK_THROWS_WITH_AS(optimizer_from("lion"), "optimizer: 'lion' given; wanted sgd, adam or adamw", UsageError);
  for (const char* name : {"sgd", "adam", "adamw"}) CHECK_NOTHROW(optimizer_from(name));
  CHECK_THROWS_WITH_AS(OptimizerSpec{.momentum = 1}.validate(),
                       "optimizer: momentum 1.000000 given; wanted 0 <= momentum < 1", UsageError);
  CHECK_THROWS_AS(OptimizerSpec{.weight_decay = -1}.validate(), UsageError);
  CHECK_THROWS_AS(OptimizerSpec{.weight_decay = std::nan("")}.validate(), UsageError);
  CHECK_THROWS_AS(OptimizerSpec{.beta1 = -0.1}.validate(), UsageError);
  CHECK_THROWS_AS(OptimizerSpec{.beta2 = 1}.validate(), UsageError);
  CHECK_THROWS_AS(OptimizerSpec{.epsilon = 0}.validate(), UsageError);
  CHECK_THROWS_AS(Optimizer<float>({.momentum = 2}, 3), UsageError);
  std::vector<double> w(3), gradient(2);
  CHECK_THROWS_WITH_AS(Optimizer<double>({}, 3).update(w, gradient, 0.1),
                       "optimizer: 3 parameters and 2 gradients given, wanted 3 of each", ShapeError);
}
