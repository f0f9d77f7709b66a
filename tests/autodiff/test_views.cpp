// Views: what is repeated, permuted or sliced, in any order, is one walk through the value that lies behind.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "autodiff/loop.h"
#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::testing;
using Numbers = std::vector<double>;

namespace {

// A value and, for each of its elements, which element of `base` it shows.
struct Shown {
  Var v;
  std::vector<std::int64_t> from;
};

class Moves {
 public:
  explicit Moves(std::uint64_t seed) : random(seed) {}
  std::int64_t pick(std::int64_t n) { return std::int64_t(random() % std::uint64_t(n)); }

  Shown start(Graph& g) {
    Shape shape;
    for (std::int64_t rank = 1 + pick(4); rank > 0; --rank) shape.push_back(1 + pick(4));
    Shown s{g.input("x", shape), std::vector<std::int64_t>(std::size_t(shape.numel()))};
    for (std::size_t i = 0; i < s.from.size(); ++i) s.from[i] = std::int64_t(i);
    return s;
  }

  Shown step(const Shown& s) {
    const Shape shape = s.v.shape();
    const int rank = shape.rank(), axis = int(pick(rank));
    switch (pick(4)) {
      case 0: {
        const std::int64_t begin = pick(shape[axis]), end = begin + 1 + pick(shape[axis] - begin);
        return follow(s, slice(s.v, axis - rank, begin, end), [=](auto at) { return at[axis] += begin, at; });
      }
      case 1: {
        if (rank < 2) return s;
        const int a = rank - 2, b = rank - 1;
        return follow(s, permute(s.v, {-1, -2}), [=](auto at) { return std::swap(at[a], at[b]), at; });
      }
      case 2: {
        if (rank < 3) return s;
        return follow(s, permute(s.v, {-1, -3, -2}), [=](auto at) {
          return std::rotate(at.begin() + rank - 3, at.begin() + rank - 2, at.begin() + rank), at;
        });
      }
      default: {
        Shape wide = shape;
        if (wide[axis] == 1) wide[axis] = 1 + pick(3);
        const bool longer = rank < 4 && pick(2);
        if (longer) wide = Shape{1 + pick(2)} + wide;
        return follow(s, expand(s.v, wide), [=](auto at) {
          if (longer) std::copy(at.begin() + 1, at.end(), at.begin());
          for (int i = 0; i < rank; ++i) at[i] = shape[i] == 1 ? 0 : at[i];
          return at;
        });
      }
    }
  }

 private:
  using Index = std::array<std::int64_t, Shape::max_rank>;

  template <class Back>
  Shown follow(const Shown& s, Var v, Back back) {
    Shown to{v, {}};
    const Strides own = contiguous_strides(v.shape()), before = contiguous_strides(s.v.shape());
    for (std::int64_t i = 0; i < v.shape().numel(); ++i) {
      Index at{};
      for (int axis = 0; axis < v.shape().rank(); ++axis) at[axis] = i / own[axis] % v.shape()[axis];
      at = back(at);
      std::int64_t from = 0;
      for (int axis = 0; axis < s.v.shape().rank(); ++axis) from += at[axis] * before[axis];
      to.from.push_back(s.from[std::size_t(from)]);
    }
    return to;
  }
  std::mt19937_64 random;
};

}  // namespace

TEST_CASE("moves of a value are one view of it, with the right numbers and the transposed gradient") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Graph g;
    Moves moves(seed);
    Shown s = moves.start(g);
    const Var x = s.v;
    for (std::int64_t n = 1 + moves.pick(5); n > 0; --n) s = moves.step(s);
    const Var weights = g.input("weights", s.v.shape()), d = vjp({s.v}, {weights}, {x})[0];
    CHECK(calls(g, {.fetch = {s.v}}) <= 1);
    for (bool fuse : {true, false}) {
      Program<double> p(g, {.fetch = {s.v, d, x}, .fuse = fuse});
      fill_inputs(p);
      p.run();
      Numbers want(std::size_t(x.shape().numel()));
      for (std::size_t i = 0; i < s.from.size(); ++i) {
        REQUIRE(p.view(s.v)[i] == p.view(x)[std::size_t(s.from[i])]);
        if (p.has(weights)) want[std::size_t(s.from[i])] += p.view(weights)[i];
      }
      if (p.has(weights)) CHECK(largest_difference(p.copy(d).data, want, beside_one) < 1e-13);
    }
  }
}

TEST_CASE("moves that lead back cost nothing") {
  Graph g;
  const Var x = g.input("x", {2, 3, 4}), y = exp(x);
  CHECK(calls(g, {.fetch = {transpose(transpose(x))}}) == 0);
  CHECK(calls(g, {.fetch = {permute(permute(y, {-2, -1, -3}), {-1, -3, -2})}}) == 1);
  CHECK(calls(g, {.fetch = {transpose(transpose(x))}, .fuse = false}) == 2);
  CHECK(expand(expand(g.constant(3), {4}), {2, 4}) == fill(g, 3, {2, 4}));
  const Var seed = g.input("seed", {5, 4, 3, 2});
  CHECK(vjp({permute(x, {-1, -2, -3})}, {seed}, {x})[0] == permute(seed, {-1, -2, -3}));
}

TEST_CASE("a view between others can be fed and differentiated against") {
  Graph g;
  const Var x = g.input("x", {2, 3}), turned = transpose(x), flat = reshape(turned, {6});
  const Var top = slice(turned, -1, 0, 1), y = sum(square(top) + square(reshape(flat, {3, 2})));  // [3,1] and [3,2]
  const Var by_turned = grad(y, {turned})[0], by_flat = grad(y, {flat})[0];
  for (bool fuse : {true, false}) {
    Program<double> p(g, {.fetch = {top, by_turned, by_flat}, .feed = {turned}, .fuse = fuse});
    CHECK_FALSE(p.has(x));
    p.feed(turned, Numbers{1, 2, 3, 4, 5, 6}), p.run();
    CHECK(p.copy(top).data == Numbers{1, 3, 5});
    CHECK(p.copy(by_turned).data == Numbers{6, 4, 18, 8, 30, 12});
    CHECK(p.copy(by_flat).data == Numbers{2, 4, 6, 8, 10, 12});
    Program<double> fed(g, {.fetch = {y}, .feed = {flat}, .fuse = fuse});
    fed.feed(x, Numbers(6, 0.0)), fed.feed(flat, Numbers{1, 2, 3, 4, 5, 6}), fed.run();
    CHECK(fed.scalar(y) == 91);
  }
}

TEST_CASE("a view of one stretch of memory costs nothing, wherever its input lies") {
  Graph g;
  const Var x = g.input("x", {4, 3}), top = slice(x, -2, 1, 3), y = exp(x), row = slice(y, -2, 2, 3);
  CHECK(calls(g, {.fetch = {top}}) == 0);
  CHECK(calls(g, {.fetch = {row, top}}) == 1);
  CHECK(calls(g, {.fetch = {slice(x, -1, 1, 2)}}) == 1);
  Numbers bound(12);
  for (std::size_t i = 0; i < 12; ++i) bound[i] = number(std::int64_t(i));
  for (Memory memory : {Memory::keep, Memory::reuse}) {
    Program<double> p(g, {.fetch = {reshape(top, {6})}, .flat = {row, square(row), top}, .memory = memory},
                      {{x, bound.data()}});
    p.run();
    CHECK(p.copy(reshape(top, {6})).data == Numbers(bound.begin() + 3, bound.begin() + 9));
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(p.flat()[i] == doctest::Approx(std::exp(bound[6 + i])));
      CHECK(p.flat()[3 + i] == p.flat()[i] * p.flat()[i]);
    }
    CHECK(Numbers(p.flat().begin() + 6, p.flat().end()) == Numbers(bound.begin() + 3, bound.begin() + 9));
  }
}

TEST_CASE("the derivative to an empty slice at the end is zero and writes nothing beside it") {
  Graph g;
  const Var x = g.input("x", {2, 4}), w = g.input("w", {2, 4}), near = square(x);
  const Var by_x = grad(sum(slice(x, -2, 2, 2) * slice(w, -2, 0, 0)), {x})[0];
  Program<double> p(g, {.fetch = {}, .flat = {by_x, near}});
  fill_inputs(p);
  p.run();
  for (std::int64_t i = 0; i < 8; ++i) {
    CHECK(p.flat()[i] == 0);
    CHECK(p.flat()[8 + i] == std::pow(number(i + 100 * x.id), 2));
  }
}
