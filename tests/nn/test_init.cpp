#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nn/init.h"
#include "nn/supervised.h"

using namespace basin;
using namespace basin::nn;

namespace {

struct Moments {
  double mean = 0, variance = 0, least = 0, most = 0;
};

Moments moments(std::span<const double> x) {
  Moments m{.least = *std::min_element(x.begin(), x.end()), .most = *std::max_element(x.begin(), x.end())};
  for (double v : x) m.mean += v / double(x.size());
  for (double v : x) m.variance += (v - m.mean) * (v - m.mean) / double(x.size());
  return m;
}

template <class T>
std::vector<T> started(MlpSpec spec, Init scheme, std::uint64_t seed, const std::string& slice) {
  spec.init = scheme;
  Parameters<T> p(parameters_of(mlp(spec, Loss::mse)));
  p.start(seed);
  return {p[slice].begin(), p[slice].end()};
}

const MlpSpec wide{.widths = {300, 200, 10}};
constexpr double n_weights = 300 * 200;

// Within five standard errors; a normal's variance has relative error sqrt(2/n), a uniform's sqrt(0.8/n).
void check_spread(const Moments& m, double variance, double kurtosis_factor) {
  CHECK(std::abs(m.mean) < 5 * std::sqrt(variance / n_weights));
  CHECK(std::abs(m.variance / variance - 1) < 5 * std::sqrt(kurtosis_factor / n_weights));
}

}  // namespace

TEST_CASE("He weights are normal with variance 2 / in, biases zero") {
  const auto m = moments(started<double>(wide, Init::he, 1, "layers.0.weight"));
  check_spread(m, 2.0 / 300, 2);
  CHECK(m.most > 3.5 * std::sqrt(2.0 / 300));  // a normal has tails: P(60000 numbers below 3.5 sigma) < 1e-6
  for (double b : started<double>(wide, Init::he, 1, "layers.0.bias")) CHECK(b == 0);
}

TEST_CASE("Glorot weights are uniform in their bounds, biases zero") {
  const double bound = std::sqrt(6.0 / (300 + 200));
  const auto m = moments(started<double>(wide, Init::glorot, 1, "layers.0.weight"));
  check_spread(m, bound * bound / 3, 0.8);
  CHECK(m.least >= -bound);
  CHECK(m.most <= bound);
  CHECK(m.most - m.least > 1.99 * bound);
  for (double b : started<double>(wide, Init::glorot, 1, "layers.0.bias")) CHECK(b == 0);
}

TEST_CASE("PyTorch's default is uniform in 1 / sqrt(in), biases too") {
  const double bound = 1 / std::sqrt(300.0);
  const auto m = moments(started<double>(wide, Init::pytorch, 1, "layers.0.weight"));
  check_spread(m, bound * bound / 3, 0.8);
  CHECK(m.least >= -bound);
  CHECK(m.most <= bound);
  const auto b = moments(started<double>(wide, Init::pytorch, 1, "layers.0.bias"));
  CHECK(b.least >= -bound);
  CHECK(b.most <= bound);
  CHECK(b.most - b.least > 1.8 * bound);
  const auto last = moments(started<double>(wide, Init::pytorch, 1, "layers.1.bias"));  // fan-in 200
  CHECK(last.most <= 1 / std::sqrt(200.0));
}

TEST_CASE("a start depends on the seed and the name alone, not on other layers") {
  for (Init scheme : {Init::he, Init::glorot, Init::pytorch}) {
    const auto first = started<double>({.widths = {5, 4, 3}}, scheme, 7, "layers.0.weight");
    CHECK(started<double>({.widths = {5, 4, 9, 3}}, scheme, 7, "layers.0.weight") == first);
    CHECK(started<double>({.widths = {5, 4, 3}, .bias = false}, scheme, 7, "layers.0.weight") == first);
    CHECK(started<double>({.widths = {5, 4, 3}}, scheme, 8, "layers.0.weight") != first);
    const MlpSpec square{.widths = {4, 4, 4}};
    CHECK(started<double>(square, scheme, 7, "layers.0.weight") !=
          started<double>(square, scheme, 7, "layers.1.weight"));
  }
}

TEST_CASE("a float start is the double start rounded") {
  for (Init scheme : {Init::he, Init::glorot, Init::pytorch})
    for (const char* slice : {"layers.0.weight", "layers.0.bias"}) {
      const auto twice = started<double>({.widths = {5, 4, 3}}, scheme, 7, slice);
      CHECK(started<float>({.widths = {5, 4, 3}}, scheme, 7, slice) == std::vector<float>(twice.begin(), twice.end()));
    }
}

TEST_CASE("unknown schemes are refused") {
  CHECK(init_from("he") == Init::he);
  CHECK(init_from("glorot") == Init::glorot);
  CHECK(init_from("pytorch") == Init::pytorch);
  CHECK_THROWS_WITH_AS(init_from("xavier"), "init: 'xavier' given; wanted he, glorot or pytorch", UsageError);
}

TEST_CASE("a parameter starts as it was declared") {
  Parameters<double> p({{"zeros", {3}}, {"ones", {3}, {Start::ones}}, {"flat", {4000}, {Start::uniform, 2}}});
  p.start(1);
  CHECK(p["zeros"][1] == 0);
  CHECK(p["ones"][1] == 1);
  const Moments m = moments(p["flat"]);
  CHECK(m.most <= 2);
  CHECK(m.most - m.least > 3.9);
}
