#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "autodiff/loop.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

Loop over(const Shape& shape, std::initializer_list<Shape> inputs = {}) {
  const Strides out = contiguous_strides(shape);
  auto in = [&](int i) { return broadcast_strides(inputs.begin()[i], shape); };
  if (inputs.size() == 0) return make_loop(shape, {out});
  if (inputs.size() == 1) return make_loop(shape, {out, in(0)});
  return make_loop(shape, {out, in(0), in(1)});
}

}  // namespace

TEST_CASE("strides are those of row-major order, zero along repeated axes") {
  const Strides own = contiguous_strides({2, 3, 4});
  CHECK(std::vector(own.begin(), own.begin() + 3) == std::vector<std::int64_t>{12, 4, 1});
  const Strides repeated = broadcast_strides({3, 1}, {2, 3, 4});
  CHECK(std::vector(repeated.begin(), repeated.begin() + 3) == std::vector<std::int64_t>{0, 1, 0});
}

TEST_CASE("axes that every operand walks as one are merged") {
  CHECK(over({2, 3, 4}).axes == 1);
  CHECK(over({2, 3, 4}).inner() == 24);
  CHECK(over({2, 3, 4}, {{2, 3, 4}, {2, 3, 4}}).axes == 1);
  const Loop bias = over({5, 2, 3}, {{3}});
  CHECK(bias.axes == 2);
  CHECK(bias.dim[0] == 10);
  CHECK(bias.inner_stride(1) == 1);
  const Loop column = over({2, 3, 4}, {{2, 3, 1}});
  CHECK(column.axes == 2);
  CHECK(column.inner_stride(1) == 0);
  CHECK(over({2, 3, 4}, {{2, 1, 4}}).axes == 3);
}

TEST_CASE("axes of length one vanish, and a single element is one step") {
  CHECK(over({1, 5, 1, 1, 3, 1}).axes == 1);
  const Loop one = over({1, 1});
  CHECK(one.axes == 1);
  CHECK(one.inner() == 1);
  CHECK(over({}).inner() == 1);
}

TEST_CASE("a loop over nothing calls nothing") {
  double none = 0;
  int calls = 0;
  walk<double>(over({3, 0, 2}), &none, {}, [&](double*, auto, auto, auto) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("a walk meets every element once, with the operand's element beside it") {
  const Loop loop = over({2, 3, 4, 5}, {{2, 1, 4, 1}});
  std::vector<double> out(120, -1), in{0, 1, 2, 3, 4, 5, 6, 7};
  walk<double>(loop, out.data(), {in.data(), nullptr, nullptr}, [&](double* o, const double* a, auto, auto) {
    for (std::int64_t i = 0; i < loop.inner(); ++i) o[i * loop.inner_stride(0)] = a[i * loop.inner_stride(1)];
  });
  for (int i = 0; i < 120; ++i) CHECK(out[i] == in[i / 60 * 4 + i / 5 % 4]);
}

TEST_CASE("eight axes that do not merge are walked as they are") {
  CHECK(over({2, 2, 2, 2, 2, 2, 2, 2}).axes == 1);
  CHECK(over({2, 2, 2, 2, 2, 2, 2, 2}, {{1, 1, 2, 1, 2, 1, 2, 2}}).axes == 6);
  CHECK(over({2, 2, 2, 2, 2, 2, 2, 2}, {{1, 2, 1, 2, 1, 2, 1, 2}}).axes == 8);
}

namespace {

using Numbers = std::vector<double>;
using Index = std::array<std::int64_t, 8>;

const Shape full{2, 3, 2, 2, 2, 3, 2, 2}, odd{2, 1, 2, 1, 2, 1, 2, 1}, even{1, 3, 1, 2, 1, 3, 1, 2};

Index index_of(std::int64_t at, const Shape& shape) {
  Index index{};
  for (int axis = 7; axis >= 0; --axis) index[std::size_t(axis)] = at % shape[axis], at /= shape[axis];
  return index;
}
std::int64_t place_of(const Index& index, const Shape& shape) {  // repeated along axes of length 1
  std::int64_t at = 0;
  for (int axis = 0; axis < 8; ++axis) at = at * shape[axis] + (shape[axis] == 1 ? 0 : index[std::size_t(axis)]);
  return at;
}

struct EightAxes {
  Graph g;
  Var x = g.input("x", full), a = g.input("a", odd), b = g.input("b", even);
  static double number(Var v, std::int64_t i) { return 2 + std::sin(double(i) + v.id); }
  static double at(Var v, const Index& i) { return number(v, place_of(i, v.shape())); }

  Numbers run(Var y) {
    Program<double> p(g, {.fetch = {y}});
    for (Var v : {x, a, b})
      if (p.has(v))
        for (std::int64_t i = 0; double& to : p.input(v)) to = number(v, i++);
    p.run();
    return p.copy(y).data;
  }
  void check(Var y, const std::function<double(const Index&)>& want) {
    CAPTURE(g.describe(y.id));
    const Numbers got = run(y);
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(got[i] == doctest::Approx(want(index_of(std::int64_t(i), y.shape()))).epsilon(1e-13));
  }
};

}  // namespace

TEST_CASE("elementwise ops broadcast over eight axes that do not merge, with their gradients") {
  EightAxes e;
  const Var a = e.a, b = e.b, x = e.x;
  e.check(a + b, [&](const Index& i) { return e.at(a, i) + e.at(b, i); });
  e.check(a - b, [&](const Index& i) { return e.at(a, i) - e.at(b, i); });
  e.check(a * b, [&](const Index& i) { return e.at(a, i) * e.at(b, i); });
  e.check(a / b, [&](const Index& i) { return e.at(a, i) / e.at(b, i); });
  const Var mask = step(a - 2.0);
  e.check(where(mask, b, x), [&](const Index& i) { return e.at(a, i) > 2 ? e.at(b, i) : e.at(x, i); });
  e.check(expand(a, full), [&](const Index& i) { return e.at(a, i); });
  e.check(grad(sum(x * (a * b)), {a})[0], [&](const Index& to) {
    double total = 0;
    for (std::int64_t at = 0; at < full.numel(); ++at)
      if (const Index i = index_of(at, full); place_of(i, odd) == place_of(to, odd)) total += e.at(x, i) * e.at(b, i);
    return total;
  });
}

TEST_CASE("sums and moves over eight axes that do not merge") {
  EightAxes e;
  const Var x = e.x;
  for (const auto& [y, ones] : {std::pair{sum(x, {-1, -3, -5, -7}, true), Shape{2, 1, 2, 1, 2, 1, 2, 1}},
                                std::pair{sum(x, {-2, -4, -6, -8}, true), Shape{1, 3, 1, 2, 1, 3, 1, 2}}})
    e.check(y, [&](const Index& to) {
      double total = 0;
      for (std::int64_t at = 0; at < full.numel(); ++at)
        if (const Index i = index_of(at, full); place_of(i, ones) == place_of(to, ones)) total += e.at(x, i);
      return total;
    });
  e.check(permute(x, {-1, -2, -3, -4, -5, -6, -7, -8}), [&](const Index& i) {
    Index from = i;
    std::reverse(from.begin(), from.end());
    return e.at(x, from);
  });
  const Var moved = permute(x, {-7, -8, -5, -6, -3, -4, -1, -2});
  e.check(moved, [&](const Index& i) { return e.at(x, {i[1], i[0], i[3], i[2], i[5], i[4], i[7], i[6]}); });
  e.check(grad(0.5 * sum(square(moved)), {x})[0], [&](const Index& i) { return e.at(x, i); });
  e.check(slice(moved, -3, 1, 2), [&](Index i) {
    i[5] += 1;
    return e.at(x, {i[1], i[0], i[3], i[2], i[5], i[4], i[7], i[6]});
  });
  e.check(pad(x, -2, 1, 1), [&](Index i) {
    const bool inside = i[6] >= 1 && i[6] < 3;
    i[6] -= 1;
    return inside ? e.at(x, i) : 0;
  });
}

TEST_CASE("matmul broadcasts over six batch axes that do not merge") {
  EightAxes e;
  const Var a = e.a, b = e.b;
  e.check(matmul(a, b), [&](const Index& i) { return e.at(a, i) * e.at(b, i); });
}

TEST_CASE("more than eight axes are refused while tracing, with the op and its values") {
  Graph g;
  Var x = g.input("x", full), table = g.input("table", {2, 2, 2, 2, 2, 3, 2}), index = g.input("index", {2, 2, 2});
  CHECK_THROWS_WITH_AS(take_rows(table, index),
                       "take_rows: 'table' = input [2,2,2,2,2,3,2] and 'index' = input [2,2,2]: the result would have "
                       "9 axes, at most 8 are possible",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vjp({square(x)}, {g.input("seeds", {5})}, {x}), doctest::Contains("'seeds' = input [5]"),
                       ShapeError);
  Var seed = g.input("seed", {5}), scale = g.input("scale", {});
  const auto said =
      "vjp: 'x' = input [2,3,2,2,2,3,2,2]: its derivative would have 9 axes, 1 of them for seeds; at most 8 are "
      "possible";
  CHECK_THROWS_WITH_AS(vjp({sum(square(x))}, {seed}, {x}), said, ShapeError);
  CHECK_THROWS_WITH_AS(vjp({square(scale)}, {seed}, {x}), said, ShapeError);  // though it does not depend on it
  CHECK_THROWS_WITH_AS(vjp({square(scale), x}, {seed, seed}, {scale}), said, ShapeError);
  CHECK_THROWS_WITH_AS(vjp({log_sum_exp(x * scale)}, {g.input("rows", Shape{5} + full.first(7))}, {scale}),
                       doctest::Contains("log_sum_exp: '%"), ShapeError);
  CHECK_THROWS_WITH_AS(
      vjp({log_sum_exp(x * scale)}, {g["rows"]}, {scale}),
      doctest::Contains("= mul [2,3,2,2,2,3,2,2]: its derivative would have 9 axes, 1 of them for seeds; "
                        "at most 8 are possible"),
      ShapeError);
  Var seven = g.input("seven", {2, 1, 2, 1, 2, 1, 2});
  const Var seeds = g.input("more seeds", {3});
  const Var rows = vjp({sum(square(seven))}, {seeds}, {seven})[0];
  CHECK(rows.shape() == Shape{3, 2, 1, 2, 1, 2, 1, 2});
  Program<double> p(g, {.fetch = {rows}});
  p.feed(seven, Numbers(16, 0.5)), p.feed(seeds, Numbers{1, 2, 3}), p.run();
  for (std::size_t i = 0; i < 48; ++i) CHECK(p.view(rows)[i] == double(i / 16 + 1));
}

TEST_CASE("broadcasting over six axes that do not merge gives the right numbers") {
  Graph g;
  Var a = g.input("a", {1, 2, 1, 2, 1, 2}), b = g.input("b", {3, 1, 3, 1, 3, 1}), y = a * b;
  Program<double> p(g, {.fetch = {y}});
  std::vector<double> as{1, 2, 3, 4, 5, 6, 7, 8}, bs(27);
  for (int i = 0; i < 27; ++i) bs[i] = 1 + 0.1 * i;
  p.feed(a, as), p.feed(b, bs), p.run();
  for (int i = 0; i < 216; ++i) {
    const int i5 = i % 2, i4 = i / 2 % 3, i3 = i / 6 % 2, i2 = i / 12 % 3, i1 = i / 36 % 2, i0 = i / 72;
    CHECK(p.view(y)[i] == as[i1 * 4 + i3 * 2 + i5] * bs[i0 * 9 + i2 * 3 + i4]);
  }
}
