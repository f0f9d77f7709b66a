// Constants fold while tracing, whatever their shape; what is left of a product with one is a product with a scalar.
#include <doctest/doctest.h>

#include <tuple>

#include "autodiff/op.h"
#include "autodiff/plan.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

struct Values {
  Graph g;
  Var x = g.input("x", {2, 3}), row = g.input("row", {3}), two = g.constant(2), twos = fill(g, 2, {2, 3});
  const Node& node(Var v) const { return g.node(v.id); }
};

}  // namespace

TEST_CASE("reshaped and expanded constants are fills of one constant") {
  Values v;
  CHECK(reshape(v.twos, {3, 2}) == fill(v.g, 2, {3, 2}));
  CHECK(reshape(v.two, {1, 1}) == fill(v.g, 2, {1, 1}));
  CHECK(reshape(fill(v.g, 2, {1}), {}) == v.two);
  CHECK(expand(fill(v.g, 2, {2, 1}), {4, 2, 3}) == fill(v.g, 2, {4, 2, 3}));
  CHECK_THROWS_AS(reshape(v.twos, {5}), ShapeError);
  CHECK_THROWS_AS(expand(v.twos, {3, 2}), ShapeError);
  CHECK(constant_of(v.twos) == v.two);
  CHECK_FALSE(constant_of(v.x));
  CHECK_FALSE(constant_of(expand(v.row, {2, 3})));
}

TEST_CASE("constants fold with each other in the shape that comes out") {
  Values v;
  const Var column = fill(v.g, 3, {2, 1}), wide = fill(v.g, 5, {3});
  CHECK(column * wide == fill(v.g, 15, {2, 3}));
  CHECK(column + wide == fill(v.g, 8, {2, 3}));
  CHECK(column - wide == fill(v.g, -2, {2, 3}));
  CHECK(-column == fill(v.g, -3, {2, 1}));
  CHECK(0.5 * v.twos == fill(v.g, 1, {2, 3}));
  CHECK_THROWS_AS(v.twos * fill(v.g, 1, {2}), ShapeError);
}

TEST_CASE("ones and zeros leave no trace but their shape") {
  Values v;
  const Var zeros = fill(v.g, 0, {2, 3}), ones = fill(v.g, 1, {2, 3});
  for (Var y : {v.x * ones, ones * v.x, v.x + zeros, zeros + v.x, v.x - zeros, v.x / ones}) CHECK(y == v.x);
  for (Var y : {v.x * zeros, zeros * v.x, v.row * zeros}) CHECK(y == zeros);
  for (Var y : {v.row * ones, zeros + v.row, v.row - zeros, v.row / ones}) CHECK(y == expand(v.row, {2, 3}));
}

TEST_CASE("a filled constant beside a value of the whole shape is its scalar, elsewhere it stays") {
  Values v;
  CHECK(v.x * v.twos == 2.0 * v.x);
  CHECK(v.twos * v.x == v.x * v.two);
  CHECK(v.x + v.twos == v.x + 2.0);
  CHECK(v.twos - v.x == 2.0 - v.x);
  CHECK(v.twos / v.x == v.two / v.x);
  CHECK(v.node(v.twos - v.x).in[0] == v.two.id);
  const Var spread = v.row * v.twos;
  CHECK(spread.shape() == Shape{2, 3});
  CHECK(v.node(spread).in[0] == v.twos.id);
}

TEST_CASE("the slope of a mean of losses is a scaled difference, or the slope of cross-entropy scaled once") {
  Values v;
  const Var t = v.g.input("t", {2, 3}), labels = v.g.input("labels", {2});
  CHECK(grad(mean(mse(v.x, t)), {v.x})[0] == (1.0 / 3) * (v.x - t));
  const Node& slope = v.node(grad(mean(cross_entropy(v.x, labels)), {v.x})[0]);
  CHECK(slope.op->name == "mul");
  CHECK(is_constant(v.g.node(slope.in[0]), 0.5));
  CHECK(is_cross_entropy_slope(v.g.node(slope.in[1])));
}

TEST_CASE("a value stays between its factors, for it may be fed or differentiated against") {
  Values v;
  const Var h = v.g.name(2.0 * v.x, "h"), y = sum(3.0 * h);
  Program<double> p(v.g, {.fetch = {grad(y, {h})[0]}});
  p.run();
  for (double slope : p.view(grad(y, {h})[0])) CHECK(slope == 3);
}

TEST_CASE("what undoes itself leaves the value between in place: its derivative is not zero, and it can be fed") {
  Graph g;
  const Var x = g.input("x", {2, 3}), minus = -x, flat = reshape(x, {6}), turned = transpose(x), zero = x - x;
  for (const auto& [mid, back, slope] : {std::tuple{minus, -minus, -1.0},
                                         {flat, reshape(flat, {2, 3}), 1.0},
                                         {turned, transpose(turned), 1.0},
                                         {minus, zero - minus, -1.0}}) {
    const Var by_mid = grad(sum(back), {mid})[0];
    Program<double> p(g, {.fetch = {by_mid}});
    if (p.has(x)) p.feed(x, std::vector<double>(6, 1.0));
    p.run();
    for (double v : p.view(by_mid)) CHECK(v == slope);
    Program<double> fed(g, {.fetch = {back}, .feed = {mid}});
    if (fed.has(x)) fed.feed(x, std::vector<double>(6, 1.0));
    fed.feed(mid, std::vector<double>(6, 5.0));
    fed.run();
    for (double v : fed.view(back)) CHECK(v == 5 * slope);
  }
}

TEST_CASE("a moved or cut fill is a fill") {
  Values v;
  CHECK(transpose(v.twos) == fill(v.g, 2, {3, 2}));
  CHECK(slice(v.twos, -1, 1, 3) == fill(v.g, 2, {2, 2}));
  CHECK(slice(v.twos, -2, 0, 1) * v.x == expand(slice(v.twos, -2, 0, 1), {2, 3}) * v.x);
  CHECK_FALSE(constant_of(pad(v.twos, -1, 1, 0)));
  CHECK_FALSE(constant_of(v.g.constant(Tensor<double>({2}, {2.0, 2.0}))));
}
