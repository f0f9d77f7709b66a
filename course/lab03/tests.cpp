#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "lab.h"
#include "nn/data/digits.h"

using namespace lab;

namespace {

// The loss by hand, in plain loops: nothing of it is traced or differentiated. `out` becomes what leaves each layer.
double loss_by_hand(const Network& net, const Inputs& data, std::vector<Matrix>* out = nullptr) {
  Matrix f = data.at("x");
  for (int layer = 0; layer < 3; ++layer) {
    const std::string name = "layers." + std::to_string(layer);
    const Matrix w = net.theta.tensor(name + ".weight"), b = net.theta.tensor(name + ".bias");
    Matrix next({f.rows(), w.cols()});
    for (std::int64_t i = 0; i < f.rows(); ++i)
      for (std::int64_t j = 0; j < w.cols(); ++j) {
        double p = b[j];
        for (std::int64_t k = 0; k < f.cols(); ++k) p += f(i, k) * w(k, j);
        next(i, j) = layer < 2 ? std::max(p, 0.0) : p;
      }
    f = next;
    if (out) out->push_back(f);
  }
  return mean_loss(f, data);
}

double largest_difference(const Matrix& a, const Matrix& b) {
  REQUIRE_MESSAGE(a.shape == b.shape, "given shape ", a.shape.str(), ", wanted ", b.shape.str());
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) worst = std::isnan(a[i]) ? a[i] : std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

// Twelve images of the student's own, and a network whose start is large enough to have something to say.
Inputs some_digits() { return take(test_digits(), std::int64_t(student_rng("lab03 images").below(300)), 12); }
Network lively_network() {
  Network net = new_network();
  for (double& v : net.theta.flat()) v *= 2;
  return net;
}

std::vector<std::int64_t> rows_of_twelve() { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}; }

}  // namespace

TEST_CASE("[1] look: a hidden layer and the logits are what plain loops give") {
  const Network net = lively_network();
  const Inputs data = some_digits();
  std::vector<Matrix> layers;
  loss_by_hand(net, data, &layers);
  CHECK_MESSAGE(largest_difference(look(net, data, "layers.0.post"), layers[0]) < 1e-12,
                "layers.0.post is relu(x W + b); layers.0.pre is what enters the relu");
  CHECK(largest_difference(look(net, data, "layers.2.pre"), layers[2]) < 1e-12);
  CHECK_THROWS_AS(look(net, data, "layers.0.psot"), basin::NameError);
}

TEST_CASE("[2] wanted: the mean loss, and its derivative by every parameter") {
  Network net = lively_network();
  const Inputs data = some_digits();
  basin::Runner<double> runner(net.model, net.theta, wanted);
  const auto& batch = runner.run(data, rows_of_twelve());
  REQUIRE_MESSAGE(batch.spec.fetch.size() == 1, "one value is fetched: the mean loss");
  CHECK_MESSAGE(std::abs(batch.program->scalar(batch.spec.fetch[0]) - loss_by_hand(net, data)) < 1e-12,
                "the loss of a step is a mean over its rows, not a sum");
  const std::vector<double> gradient(batch.program->flat().begin(), batch.program->flat().end());
  REQUIRE_MESSAGE(std::int64_t(gradient.size()) == net.theta.size(), "given ", gradient.size(), " derivatives, wanted ",
                  net.theta.size(), ": one for each parameter; g.parameter_values() has weights and biases");
  basin::Rng rng = student_rng("lab03 directions");
  for (const auto& slice : net.theta.slices()) {
    const std::size_t at = std::size_t(slice.offset + std::int64_t(rng.below(std::uint64_t(slice.size))));
    double& parameter = net.theta.flat()[at];
    const double start = parameter;
    const double wants = slope([&](double v) { return parameter = v, loss_by_hand(net, data); }, start);
    parameter = start;
    CHECK_MESSAGE(std::abs(gradient[at] - wants) < 1e-7 * (1 + std::abs(wants)), slice.name, ": given ", gradient[at],
                  ", wanted ", wants, " by finite differences; twelve times as much would be a sum over the rows");
  }
}

TEST_CASE("[1] step: the parameters move against the gradient, all of them, by the rate") {
  Network net = lively_network();
  const Inputs data = some_digits();
  basin::Runner<double> runner(net.model, net.theta, wanted);
  const auto rows = rows_of_twelve();
  const auto& batch = runner.run(data, rows);
  const std::vector<double> gradient(batch.program->flat().begin(), batch.program->flat().end());
  const std::vector<double> before(net.theta.flat().begin(), net.theta.flat().end());
  const double loss = loss_by_hand(net, data);
  CHECK_MESSAGE(std::abs(step(net, runner, data, rows, 0.05) - loss) < 1e-12, "step returns the loss before the step");
  double worst = 0, moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    worst = std::max(worst, std::abs(net.theta.flat()[i] - (before[i] - 0.05 * gradient[i])));
    moved = std::max(moved, std::abs(net.theta.flat()[i] - before[i]));
  }
  CHECK_MESSAGE(moved > 0, "no parameter of net moved: was a copy changed?");
  CHECK_MESSAGE(worst < 1e-14, "wanted θ − 0.05 · gradient; off by up to ", worst);
  CHECK_MESSAGE(loss_by_hand(net, data) < loss, "a small step against the gradient makes the loss smaller");
}

TEST_CASE("[1] train: 30 epochs read at least 85 % of digits that were never seen") {
  Network net = new_network();
  const std::vector<double> losses = train(net, training_digits(), 30);
  REQUIRE(losses.size() == 30);
  const Inputs unseen = test_digits();
  const double share = basin::nn::evaluate(net.model, net.theta, basin::nn::load_digits().test).accuracy;
  CHECK_MESSAGE(losses.back() < 0.4, "given a mean loss of ", losses.back(), " in the last epoch, from ", losses[0]);
  CHECK_MESSAGE(share > 0.85, "given ", share, " of ", basin::rows_of(unseen, "test"), " images");
}

TEST_CASE("[2] patched: the layer is what was fed, row by row, and the rest is computed from it") {
  const Network net = lively_network();
  const Inputs data = some_digits();
  std::vector<Matrix> layers;
  loss_by_hand(net, data, &layers);
  CHECK_MESSAGE(largest_difference(patched(net, data, "layers.1.post", layers[1]), layers[2]) < 1e-12,
                "a layer's own values change nothing");
  Matrix turned = layers[0], logits = layers[2];  // each row gets the values of the next one
  for (std::int64_t i = 0; i < 12; ++i) {
    std::ranges::copy(layers[0].row((i + 1) % 12), turned.row(i).begin());
    std::ranges::copy(layers[2].row((i + 1) % 12), logits.row(i).begin());
  }
  CHECK_MESSAGE(largest_difference(patched(net, data, "layers.0.post", turned), logits) < 1e-12,
                "with the hidden values of another image, a row has the logits of that image");
  const Matrix zero({12, 16});
  const Matrix bias = net.theta.tensor("layers.2.bias");
  const Matrix silent = patched(net, data, "layers.1.post", zero);
  CHECK_MESSAGE(largest_difference(take({{"z", silent}}, 0, 1).at("z"), Matrix({1, 10}, bias.data)) < 1e-12,
                "with no neuron on, the logits are the last biases");
}

TEST_CASE("[1] repairs: one neuron at a time, and nothing stays behind") {
  const Network healthy = lively_network();
  const Inputs data = some_digits();
  const std::int64_t first = std::int64_t(student_rng("lab03 broken").below(10)), second = first + 7;
  const Network broken = with_broken_neurons(healthy, {first, second});
  const double bad = loss_by_hand(broken, data);
  const std::vector<double> losses = repairs(broken, healthy, data, "layers.0.post");
  REQUIRE_MESSAGE(losses.size() == 32, "given ", losses.size(), " losses for 32 neurons");
  for (std::int64_t j = 0; j < 32; ++j) {
    const double want = j == first    ? loss_by_hand(with_broken_neurons(healthy, {second}), data)
                        : j == second ? loss_by_hand(with_broken_neurons(healthy, {first}), data)
                                      : bad;
    CHECK_MESSAGE(std::abs(losses[j] - want) < 1e-12, "neuron ", j, ": given ", losses[j], ", wanted ", want,
                  "; neurons ", first, " and ", second,
                  " are broken; what comes behind the layer is the broken network");
  }
}

TEST_CASE("[2] saliency: the slope of each image's own logit by its pixels") {
  const Network net = lively_network();
  Inputs data = some_digits();
  const Matrix slopes = saliency(net, data);
  REQUIRE_MESSAGE(slopes.shape == data.at("x").shape, "given shape ", slopes.shape.str(), ", wanted [12,64]");
  const auto logit = [&](std::int64_t row) {
    std::vector<Matrix> layers;
    loss_by_hand(net, data, &layers);
    return layers[2](row, std::int64_t(data.at("t")[row]));
  };
  basin::Rng rng = student_rng("lab03 pixels");
  double largest = 0;
  for (int i = 0; i < 24; ++i) {
    const std::int64_t row = i % 12, pixel = std::int64_t(rng.below(64));
    double& value = data.at("x")(row, pixel);
    const double start = value, want = slope([&](double v) { return value = v, logit(row); }, start);
    value = start;
    largest = std::max(largest, std::abs(want));
    CHECK_MESSAGE(std::abs(slopes(row, pixel) - want) < 1e-7, "image ", row, ", pixel ", pixel, ": given ",
                  slopes(row, pixel), ", wanted ", want, " by finite differences; a twelfth of it is the mean's slope");
  }
  CHECK(largest > 1e-3);
}
