// dense of one row of numbers, and of weights and biases of several chains. Derivatives of the same: test_ops.cpp.
#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using doctest::Contains;
using Numbers = std::vector<double>;

namespace {

double number(Var v, std::int64_t i) { return std::sin(1.1 * double(i) + v.id); }

Numbers run(Graph& g, Var y) {
  Program<double> p(g, {.fetch = {y}});
  for (const auto& [name, id] : g.names())
    if (p.has({&g, id}))
      for (std::int64_t i = 0; double& v : p.input(Var{&g, id})) v = number({&g, id}, i++);
  p.run();
  return p.copy(y).data;
}

// sum_k x[row, k] w[chain, k, out] + b[offset + out], for [chains, rows, outs].
Numbers by_hand(Var x, Var w, Var b, std::int64_t chains, std::int64_t rows, bool own_rows, bool own_bias) {
  const std::int64_t in = w.shape().back(2), outs = w.shape().back();
  Numbers all;
  for (std::int64_t c = 0; c < chains; ++c)
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t o = 0; o < outs; ++o) {
        double y = b ? number(b, (own_bias ? c * outs : 0) + o) : 0;
        for (std::int64_t k = 0; k < in; ++k)
          y += number(x, ((own_rows ? c * rows : 0) + r) * in + k) * number(w, (c * in + k) * outs + o);
        all.push_back(y);
      }
  return all;
}

void check_close(const Numbers& got, const Numbers& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-13));
}

}  // namespace

TEST_CASE("dense of a vector [in] is a vector [out], with a bias and without, and can be differentiated") {
  for (bool with_bias : {true, false}) {
    Graph g;
    Var x = g.input("x", {4}), w = g.input("w", {4, 3}), b = with_bias ? g.input("b", {3}) : Var{};
    Var y = dense(x, w, b), seeds = g.input("seeds", {2, 3});
    CHECK(y.shape() == Shape{3});
    check_close(run(g, y), by_hand(x, w, b, 1, 1, false, false));
    const Var slope = grad(sum(square(y)), {x})[0];
    CHECK(slope.shape() == Shape{4});
    const Numbers values = run(g, y), slopes = run(g, slope);
    for (std::int64_t k = 0; k < 4; ++k) {
      double want = 0;
      for (std::int64_t o = 0; o < 3; ++o) want += 2 * values[std::size_t(o)] * number(w, k * 3 + o);
      CHECK(slopes[std::size_t(k)] == doctest::Approx(want).epsilon(1e-13));
    }
    CHECK(vjp({y}, {seeds}, {x, w})[1].shape() == Shape{2, 4, 3});
  }
}

TEST_CASE("a bias [C, out] beside weights [C, in, out] belongs to its chain, whatever the batch") {
  for (std::int64_t rows : {1, 5, 8}) {  // 8 rows: as many as chains
    Graph g;
    Var x = g.input("x", {rows, 4}), own = g.input("own", {8, rows, 4}), w = g.input("w", {8, 4, 3});
    Var b = g.input("b", {8, 3}), kept = g.input("kept", {8, 1, 3}), shared = g.input("shared", {3});
    CHECK(dense(x, w, b).shape() == Shape{8, rows, 3});
    check_close(run(g, dense(x, w, b)), by_hand(x, w, b, 8, rows, false, true));
    check_close(run(g, dense(own, w, b)), by_hand(own, w, b, 8, rows, true, true));
    check_close(run(g, dense(x, w, kept)), by_hand(x, w, kept, 8, rows, false, true));
    check_close(run(g, dense(own, w, shared)), by_hand(own, w, shared, 8, rows, true, false));
    check_close(run(g, dense(x, w)), by_hand(x, w, {}, 8, rows, false, false));
  }
}

TEST_CASE("one vector through the weights of several chains") {
  Graph g;
  Var x = g.input("x", {4}), w = g.input("w", {2, 4, 3}), b = g.input("b", {2, 3});
  CHECK(dense(x, w, b).shape() == Shape{2, 3});
  check_close(run(g, dense(x, w, b)), by_hand(x, w, b, 2, 1, false, true));
  check_close(run(g, dense(x, w)), by_hand(x, w, {}, 2, 1, false, false));
}

TEST_CASE("chains with two axes") {
  Graph g;
  Var x = g.input("x", {5, 4}), w = g.input("w", {2, 3, 4, 3}), b = g.input("b", {2, 3, 3});
  check_close(run(g, dense(x, w, b)), by_hand(x, w, b, 6, 5, false, true));
}

TEST_CASE("a bias that is neither one for all nor one for each chain is refused while tracing") {
  Graph g;
  Var x = g.input("x", {8, 4}), w = g.input("w", {8, 4, 3}), two = g.input("two", {2, 8, 4, 3});
  Var one = g.input("one", {4, 3});
  for (const Shape& shape :
       {Shape{5, 3}, Shape{8, 8, 3}, Shape{8, 2}, Shape{1}, Shape{}, Shape{5, 1, 3}, Shape{8, 1, 1}})
    CHECK_THROWS_WITH_AS(dense(x, w, g.input("bias " + shape.str(), shape)),
                         Contains("wanted a bias of shape [out], or [..., out] or [..., 1, out] with the chains of"),
                         ShapeError);
  CHECK_THROWS_WITH_AS(dense(x, two, g.input("short", {8, 3})), Contains("wanted a bias"), ShapeError);
  CHECK_THROWS_WITH_AS(dense(x, one, g.input("wide", {8, 3})),
                       "dense: 'one' = input [4,3] and 'wide' = input [8,3]: wanted a bias of shape [out]", ShapeError);
  CHECK_THROWS_WITH_AS(dense(x, g.input("flat", {4})),
                       "dense: 'x' = input [8,4] and 'flat' = input [4]: wanted [..., in] and [..., in, out]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(dense(g.input("five", {5}), w), Contains("dense: 'five' = input [5] and 'w' = input [8,4,3]"),
                       ShapeError);
}
