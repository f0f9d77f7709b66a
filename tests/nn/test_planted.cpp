#include "nn/data/planted/planted.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/lapack.h"

using namespace basin;
using namespace basin::nn;

namespace {

Matrix with_constant(const Matrix& f) {
  Matrix out({f.rows(), f.cols() + 1}, 1.0);
  for (std::int64_t x = 0; x < f.rows(); ++x) std::ranges::copy(f.row(x), out.row(x).begin());
  return out;
}

Matrix augmented(const PlantedNet& net, std::size_t layer) {
  Matrix out = with_constant(net.weights[layer]);
  for (std::int64_t i = 0; i < out.rows(); ++i) out(i, out.cols() - 1) = net.biases[layer][i];
  return out;
}

// Pre-activations of hidden layer `layer`.
Matrix pre(const PlantedNet& net, std::size_t layer) {
  Matrix f = net.x, p;
  for (std::size_t l = 0; l <= layer; ++l) {
    p = matmul(with_constant(f), augmented(net, l), false, true);
    f = p;
    for (double& v : f.data) v = std::max(v, 0.0);
  }
  return p;
}

std::vector<bool> pattern(const Matrix& p, std::int64_t neuron) {
  std::vector<bool> on;
  for (std::int64_t x = 0; x < p.rows(); ++x) on.push_back(p(x, neuron) > 0);
  return on;
}

std::int64_t rank(Matrix m) { return decide_rank(singular_values(std::move(m))).rank; }

Matrix rows_of(const Matrix& m, std::int64_t first, std::int64_t count) {
  Matrix out({count, m.cols()});
  for (std::int64_t i = 0; i < count; ++i) std::ranges::copy(m.row(first + i), out.row(i).begin());
  return out;
}

}  // namespace

TEST_CASE("neurons of a planted block fire together and alone, away from zero") {
  const PlantedNet net = plant({.hidden = {blocks({3, 2, 1}), blocks({2, 2})}, .outputs = 2}, 5);
  REQUIRE(net.weights.size() == 3);
  CHECK(net.x.shape == Shape{300, 5});
  CHECK(net.weights[1].shape == Shape{4, 6});
  CHECK(net.biases[2].size() == 2);
  const Matrix first = pre(net, 0), second = pre(net, 1);
  CHECK(pattern(first, 0) == pattern(first, 2));
  CHECK(pattern(first, 3) == pattern(first, 4));
  CHECK(pattern(first, 2) != pattern(first, 3));
  CHECK(pattern(first, 4) != pattern(first, 5));
  CHECK(pattern(second, 0) == pattern(second, 1));
  CHECK(pattern(second, 1) != pattern(second, 2));
  CHECK(rank(augmented(net, 0)) == 6);
  for (const Matrix& p : {first, second})
    for (double v : p.data) CHECK_MESSAGE(std::abs(v) > 0.009, "margin .02, scales from .5");
}

TEST_CASE("always-on and dead neurons are so on every sample") {
  const Plant on{.size = 2, .kind = PlantKind::always_on}, dead{.size = 3, .kind = PlantKind::dead};
  const PlantedNet net = plant({.hidden = {{dead, {.size = 2}, on}}}, 3);
  const Matrix p = pre(net, 0);
  for (std::int64_t x = 0; x < p.rows(); ++x) {
    for (std::int64_t i : {0, 1, 2}) CHECK(p(x, i) < -0.2);
    for (std::int64_t i : {5, 6}) CHECK(p(x, i) > 0.2);
  }
}

TEST_CASE("rows, readers and inputs have the planted ranks") {
  const Plant low{.size = 4, .rows = 2, .readers = 3}, unread{.size = 2, .readers = 0};
  const PlantedNet net = plant({.hidden = {{low, unread, {.size = 1}}}, .input_rank = 4}, 11);
  CHECK(rank(net.x) == 4);
  CHECK(rank(rows_of(augmented(net, 0), 0, 4)) == 2);
  CHECK(rank(rows_of(augmented(net, 0), 4, 2)) == 2);
  const Matrix readers = transpose(net.weights[1]);
  CHECK(rank(rows_of(readers, 0, 4)) == 3);
  CHECK(rank(rows_of(readers, 4, 2)) == 0);
  CHECK(rank(rows_of(readers, 6, 1)) == 1);
}

TEST_CASE("a block of rows of rank 1 is copies of one row at different scales") {
  const PlantedNet net = plant({.hidden = {{{.size = 3, .rows = 1}, {.size = 1}}}}, 4);
  const Matrix w = augmented(net, 0);
  CHECK(rank(rows_of(w, 0, 3)) == 1);
  CHECK(w(0, 0) != w(1, 0));
  CHECK(w(0, 0) * w(1, 0) > 0);
}

TEST_CASE("the data show every joint state of two blocks as often as the plan says") {
  const nn::Plan plan{.hidden = {blocks({2, 1})}, .rate = 0.3, .joint = 0.15};
  const PlantedNet net = plant(plan, 9);
  const Matrix p = pre(net, 0);
  std::array<int, 4> states{};
  for (std::int64_t x = 0; x < 300; ++x) ++states[2 * (p(x, 0) > 0) + (p(x, 2) > 0)];
  CHECK(*std::ranges::min_element(states) >= 45);
  for (int rate : {states[2] + states[3], states[1] + states[3]}) CHECK((rate >= 90 && rate <= 210));
}

TEST_CASE("a block is on, and off, as often as the plan says") {
  const nn::Plan plan{.hidden = {blocks({1})}, .rate = 0.47};
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Matrix p = pre(plant(plan, seed), 0);
    const auto on = std::ranges::count_if(p.data, [](double v) { return v > 0; });
    CHECK((on >= 141 && on <= 159));
  }
}

TEST_CASE("the same seed gives the same network, another seed another") {
  const nn::Plan plan{.hidden = {blocks({2, 1})}};
  CHECK(plant(plan, 1).x.data == plant(plan, 1).x.data);
  CHECK(plant(plan, 1).weights[1].data == plant(plan, 1).weights[1].data);
  CHECK(plant(plan, 1).x.data != plant(plan, 2).x.data);
}

TEST_CASE("a plan that no draw realises ends with an error that says so") {
  const nn::Plan plan{.hidden = {blocks({1, 1, 1, 1, 1, 1})}, .inputs = 1, .rate = 0.4, .joint = 0.2};
  CHECK_THROWS_WITH_AS(plant(plan, 1, 5), doctest::Contains("none of 5 draws"), NoSuchNetwork);
  const nn::Plan unread{.hidden = {{{.size = 2, .readers = 0}}, blocks({1})}};
  CHECK_THROWS_AS(plant(unread, 1, 5), NoSuchNetwork);
}

TEST_CASE("plans out of range are refused") {
  const auto refused = [](nn::Plan plan, const char* text) {
    CHECK_THROWS_WITH_AS(plan.validate(), doctest::Contains(text), UsageError);
  };
  const std::vector<std::vector<Plant>> one{blocks({1})};
  refused({.hidden = {}}, "0 hidden layers given");
  refused({.hidden = {{}}}, "hidden layer 0 has no blocks");
  refused({.hidden = {blocks({0})}}, "a block of 0 neurons");
  refused({.hidden = {{{.size = 2, .rows = 3}}}}, "row rank 3 given for a block of 2");
  refused({.hidden = {{{.size = 2, .readers = -1}}}}, "reader rank -1");
  refused({.hidden = one, .input_rank = 6}, "input rank 6 given; wanted 1 to 5");
  refused({.hidden = one, .outputs = 0}, "5 inputs and 0 outputs");
  refused({.hidden = one, .samples = 1}, "1 samples given");
  refused({.hidden = one, .joint = 0.5}, "joint 0.5");
}
