#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/runner.h"
#include "nn/fourier_addition.h"
#include "nn/train.h"

using namespace basin;
using namespace basin::nn;

namespace {

Tensor<double> outputs(std::int64_t p, const Parameters<double>& theta) {
  const std::int64_t neurons = theta.size() / (3 * p);
  Runner<double> runner(quadratic_network(p, neurons), theta,
                        [](Graph&, const Ends& ends) { return ProgramSpec{.fetch = {ends.output}}; });
  const auto& batch = runner.run(inputs_of(addition_pairs(p)), 0, p * p);
  return batch.program->copy(batch.ends.output);
}

// |f - (one-hot - 1/p)|, the largest.
double error(std::int64_t p, const Parameters<double>& theta) {
  const Tensor<double> f = outputs(p, theta);
  double largest = 0;
  for (std::int64_t i = 0; i < f.size(); ++i) {
    const std::int64_t row = i / p, sum = (row / p + row % p) % p;
    largest = std::max(largest, std::abs(f[i] - (double(i % p == sum) - 1 / double(p))));
  }
  return largest;
}

}  // namespace

TEST_CASE("phases on a grid of three a side or more add exactly, prime or not; two a side do not") {
  for (const std::int64_t p : {3, 5, 7, 9, 15})
    for (const std::int64_t n : {3, 4, 5}) CHECK(error(p, fourier_addition_on_grid(p, n)) < 1e-14);
  for (const std::int64_t n : {1, 2}) CHECK(error(5, fourier_addition_on_grid(5, n)) > 0.1);
}

TEST_CASE("random phases come close with many neurons, and are the same for a seed") {
  CHECK(error(5, fourier_addition_at_random(5, 12, 1)) > 0.05);
  CHECK(error(5, fourier_addition_at_random(5, 40000, 1)) < 0.05);
  const auto one = fourier_addition_at_random(5, 3, 1), again = fourier_addition_at_random(5, 3, 1),
             other = fourier_addition_at_random(5, 3, 2);
  CHECK(std::ranges::equal(one.flat(), again.flat()));
  CHECK_FALSE(std::ranges::equal(one.flat(), other.flat()));
}

TEST_CASE("a neuron's weights are cosines of its frequency and phases") {
  const Parameters<double> theta = fourier_addition(5, {{{0.3, 1.1}}, {{0.2, -0.4}, {2, 3}}});
  const Tensor<double> W = theta.tensor("layers.0.weight"), A = theta.tensor("layers.1.weight");
  REQUIRE(W.shape == Shape{10, 3});
  REQUIRE(A.shape == Shape{3, 5});
  const double pi = std::acos(-1.0);
  CHECK(W(4, 0) == doctest::Approx(std::cos(2 * pi * 4 / 5 + 0.3)).epsilon(1e-14));
  CHECK(W(5 + 3, 2) == doctest::Approx(std::cos(2 * pi * 6 / 5 + 3)).epsilon(1e-14));
  CHECK(A(0, 2) == doctest::Approx(4.0 / 5 * std::cos(2 * pi * 2 / 5 + 1.4)).epsilon(1e-14));
  CHECK(A(1, 2) == doctest::Approx(4.0 / 10 * std::cos(2 * pi * 4 / 5 - 0.2)).epsilon(1e-14));
}

TEST_CASE("the network is learned by any trainer, from the targets that the exact weights meet") {
  const Dataset data = addition_pairs(5);
  data.validate();
  CHECK(data.classes == 0);
  CHECK(data.y(0, 0) == 0.8f);
  CHECK(data.y(0, 1) == -0.2f);
  Trainer<double> trainer(quadratic_network(5, 32), {.epochs = 300, .batch = 25}, inputs_of(data));
  trainer.run_to(1);
  const double first = trainer.last_loss();
  trainer.run_to(300);
  CHECK(trainer.last_loss() < 0.1 * first);
}

TEST_CASE("what does not fit is refused") {
  for (const std::int64_t p : {-1, 1, 2, 4})
    CHECK_THROWS_WITH_AS(fourier_addition_on_grid(p, 3), doctest::Contains("wanted an odd number"), UsageError);
  CHECK_THROWS_WITH_AS(fourier_addition_on_grid(5, 0), doctest::Contains("0 phases a side"), UsageError);
  CHECK_THROWS_WITH_AS(fourier_addition(5, {{{0, 0}}}), doctest::Contains("modulus 5 wants 2"), UsageError);
  CHECK_THROWS_WITH_AS(fourier_addition(5, {{{0, 0}}, {}}), doctest::Contains("for frequency 2"), UsageError);
  CHECK_THROWS_WITH_AS(centred_targets(addition_pairs(5)), doctest::Contains("is regression"), UsageError);
}
