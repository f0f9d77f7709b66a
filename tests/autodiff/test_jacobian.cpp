#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/jacobian.h"
#include "autodiff/ops.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

constexpr std::int64_t samples = 3;

struct Net {  // x [3,4] -> h = tanh(x W) [3,5] -> y = sigmoid(h V) [3,7]
  Graph g;
  Var x = g.input("x", {samples, 4}), w = g.input("w", {4, 5}), v = g.input("v", {5, 7});
  Var h = g.name(tanh(matmul(x, w)), "h"), y = g.name(sigmoid(matmul(h, v)), "y");
  Parameters<double> params{{w, v}};
  Numbers xs = numbers(samples * 4, 0.1);

  Net() {
    const Numbers start = numbers(params.size(), 0.5);
    std::copy(start.begin(), start.end(), params.flat().begin());
  }
  static Numbers numbers(std::int64_t n, double phase) {
    Numbers out(n);
    for (std::int64_t i = 0; i < n; ++i) out[i] = std::sin(phase + 2.3 * double(i));
    return out;
  }
  Tensor<double> jacobian(Var of, Var at, std::int64_t rows) {
    Jacobian<double> j(g, of, at, params.bindings(), rows);
    j.program().feed("x", xs);
    return j.compute();
  }
};

}  // namespace

TEST_CASE("the Jacobian of each sample equals finite differences, at an input and between layers") {
  Net n;
  for (Var at : {n.x, n.h}) {
    const auto j = n.jacobian(n.y, at, 0);
    const std::int64_t width = at.shape().back();
    REQUIRE(j.shape == Shape{7, samples, width});
    Program<double> value(n.g, {.fetch = {at}}, n.params.bindings());
    value.feed("x", n.xs), value.run();
    const Numbers base = value.copy(at).data;
    Program<double> p(n.g, {.fetch = {n.y}, .feed = {at}}, n.params.bindings());
    constexpr double step = 1e-5;
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t i = 0; i < width; ++i) {
        Numbers up = base, down = base;
        up[s * width + i] += step, down[s * width + i] -= step;
        p.feed(at, up), p.run();
        const auto high = p.copy(n.y);
        p.feed(at, down), p.run();
        for (std::int64_t k = 0; k < 7; ++k) {
          const double want = (high(s, k) - p.view(n.y)[s * 7 + k]) / (2 * step);
          CHECK(std::abs(j.data[(k * samples + s) * width + i] - want) < 1e-9);
        }
      }
  }
}

TEST_CASE("a Jacobian in chunks of rows equals the one in a single sweep") {
  Net n;
  const auto whole = n.jacobian(n.y, n.h, 0);
  for (std::int64_t rows : {1, 2, 3, 7, 100}) {
    CAPTURE(rows);
    const auto parts = n.jacobian(n.y, n.h, rows);
    REQUIRE(parts.shape == whole.shape);
    for (std::int64_t i = 0; i < whole.size(); ++i) CHECK(std::abs(parts[i] - whole[i]) < 1e-15);
  }
}

TEST_CASE("a Jacobian is made once and computed for any inputs") {
  Net n;
  Jacobian<double> j(n.g, n.y, n.x, n.params.bindings(), 2);
  j.program().feed("x", n.xs);
  const auto first = j.compute();
  j.program().feed("x", Numbers(samples * 4, 0.25));
  CHECK(j.compute().data != first.data);
  j.program().feed("x", n.xs);
  CHECK(j.compute().data == first.data);
}

TEST_CASE("a Jacobian that does not depend on the inputs needs none of them") {
  Graph g;
  Var x = g.input("x", {2, 3}), w = g.input("w", {3, 2}), y = matmul(x, w), other = g.input("other", {2, 5});
  Numbers weights{1, 2, 3, 4, 5, 6};
  const std::vector<Binding<double>> bound{{w, weights.data()}};
  Jacobian<double> j(g, y, x, bound);
  CHECK_FALSE(j.program().has(x));
  CHECK(j.compute().data == Numbers{1, 3, 5, 1, 3, 5, 2, 4, 6, 2, 4, 6});
  Jacobian<double> zero(g, y, other, bound);
  CHECK(zero.compute().data == Numbers(2 * 2 * 5));
  CHECK(zero.compute().shape == Shape{2, 2, 5});
  Jacobian<double> self(g, y, y, bound, 1);
  CHECK(self.compute().data == Numbers{1, 0, 1, 0, 0, 1, 0, 1});
}

TEST_CASE("a Jacobian at a fed inner value needs nothing behind it") {
  Net n;
  Jacobian<double> j(n.g, n.y, n.h, n.params.bindings(), 0, {n.h});
  CHECK_FALSE(j.program().has(n.x));
  j.program().feed("h", Numbers(samples * 5, 0.0));
  const auto at_zero = j.compute();  // sigmoid'(0) = 1/4
  for (std::int64_t k = 0; k < 7; ++k)
    for (std::int64_t i = 0; i < 5; ++i) CHECK(at_zero.data[k * samples * 5 + i] == n.params["v"][i * 7 + k] / 4);
}

TEST_CASE("float and double Jacobians agree, and vectors have Jacobians too") {
  Graph g;
  Var x = g.input("x", {3}), y = square(x);
  Jacobian<double> twice(g, y, x);
  Jacobian<float> single(g, y, x);
  twice.program().feed("x", Numbers{1, 2, 3});
  single.program().feed("x", std::vector<float>{1, 2, 3});
  CHECK(twice.compute().data == Numbers{2, 0, 0, 0, 4, 0, 0, 0, 6});
  CHECK(cast<double>(single.compute()).data == twice.compute().data);
}

TEST_CASE("a Jacobian refuses values whose sample axes differ") {
  Net n;
  CHECK_THROWS_WITH_AS(
      Jacobian<double>(n.g, n.y, n.w),
      "jacobian: 'y' = sigmoid [3,7] and 'w' = input [4,5]: wanted the same sample axes in front of one "
      "last axis",
      ShapeError);
  Var scalar = n.g.name(sum(n.y), "total");
  CHECK_THROWS_WITH_AS(Jacobian<double>(n.g, scalar, n.x), doctest::Contains("'total' = reshape []"), ShapeError);
  CHECK_THROWS_AS(Jacobian<double>(n.g, n.y, reshape(n.x, {3, 2, 2})), ShapeError);
  CHECK_THROWS_AS(Jacobian<double>(n.g, n.y, n.x, {}, -1), ShapeError);
}
