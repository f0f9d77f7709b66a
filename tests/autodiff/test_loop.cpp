#include <doctest/doctest.h>

#include <map>

#include "autodiff/loop.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"

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

TEST_CASE("eight axes work where they merge to six, and are refused where they do not") {
  CHECK(over({2, 2, 2, 2, 2, 2, 2, 2}).axes == 1);
  CHECK(over({2, 2, 2, 2, 2, 2, 2, 2}, {{1, 1, 2, 1, 2, 1, 2, 2}}).axes == 6);
  CHECK_THROWS_WITH_AS(over({2, 2, 2, 2, 2, 2, 2}, {{1, 2, 1, 2, 1, 2, 1}}),
                       "loop over [2,2,2,2,2,2,2]: more than six axes that cannot be merged; help: reshape first",
                       ShapeError);
  CHECK_NOTHROW(over({2, 2, 2, 2, 2, 2}, {{1, 2, 1, 2, 1, 2}}));
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
