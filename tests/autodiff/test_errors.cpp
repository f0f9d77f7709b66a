// What is wrong is said while tracing: which op, which values, both shapes, and the next step where it is known.
#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using doctest::Contains;

namespace {

struct Values {
  Graph g;
  Var a = g.input("a", {2, 3}), b = g.input("b", {4, 5}), v = g.input("v", {7}), s = g.input("s", {});
  Var empty = g.input("empty", {2, 0}), cube = g.input("cube", {2, 3, 4});
};

struct Mistake {
  std::string op;
  std::function<Var(Values&)> make;
  std::vector<std::string> said;  // names and shapes that the message must have
};

const std::string a_said = "'a' = input [2,3]", b_said = "'b' = input [4,5]", v_said = "'v' = input [7]",
                  s_said = "'s' = input []", cube_said = "'cube' = input [2,3,4]", empty_said = "'empty' = input [2,0]";

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> list{
      {"add", [](Values& x) { return x.a + x.b; }, {a_said, b_said}},
      {"sub", [](Values& x) { return x.a - x.v; }, {a_said, v_said}},
      {"mul", [](Values& x) { return x.b * x.cube; }, {b_said, cube_said}},
      {"div", [](Values& x) { return x.a / x.b; }, {a_said, b_said}},
      {"where", [](Values& x) { return where(x.s, x.a, x.b); }, {a_said, b_said}},
      {"where", [](Values& x) { return where(x.v, x.a, x.a); }, {v_said, a_said}},
      {"matmul", [](Values& x) { return matmul(x.a, x.b); }, {a_said, b_said}},
      {"matmul", [](Values& x) { return matmul(x.cube, x.a); }, {cube_said, a_said}},
      {"matmul", [](Values& x) { return matmul(x.a, x.v); }, {a_said, v_said}},
      {"matmul",
       [](Values& x) {
         return matmul(x.cube, x.g.input("c", {3, 4, 5}));
       },
       {cube_said, "'c' = input [3,4,5]"}},
      {"dense", [](Values& x) { return dense(x.a, x.b, x.v); }, {a_said, b_said}},
      {"dense",
       [](Values& x) {
         return dense(x.g.input("x", {9, 4}), x.b, x.v);
       },
       {b_said, v_said}},
      {"dense", [](Values& x) { return dense(x.s, x.b, x.v); }, {s_said, b_said}},
      {"expand",
       [](Values& x) {
         return expand(x.a, {2, 4});
       },
       {a_said, "[2,4]"}},
      {"expand", [](Values& x) { return expand(x.a, {3}); }, {a_said, "[3]"}},
      {"reshape", [](Values& x) { return reshape(x.a, {4}); }, {a_said, "[4]"}},
      {"permute",
       [](Values& x) {
         return permute(x.a, {-1, -1});
       },
       {a_said, "each of the last axes once"}},
      {"permute",
       [](Values& x) {
         return permute(x.a, {-1, -3});
       },
       {a_said, "-3"}},
      {"permute", [](Values& x) { return transpose(x.v); }, {v_said}},
      {"permute",
       [](Values& x) {
         return permute(x.v, {-1, -2});
       },
       {v_said, "more axes given than the value has"}},
      {"slice", [](Values& x) { return slice(x.a, -1, 1, 4); }, {a_said, "1 to 4"}},
      {"slice", [](Values& x) { return slice(x.a, -1, 2, 1); }, {a_said, "2 to 1"}},
      {"slice", [](Values& x) { return slice(x.a, -1, -1, 1); }, {a_said, "-1 to 1"}},
      {"pad", [](Values& x) { return pad(x.a, -1, -1, 0); }, {a_said, "negative"}},
      {"concat",
       [](Values& x) {
         return concat({x.a, x.b}, -1);
       },
       {a_said, b_said}},
      {"concat",
       [](Values& x) {
         return concat({x.a, x.cube}, -1);
       },
       {a_said, cube_said}},
      {"sum", [](Values& x) { return sum(x.a, {-3}); }, {a_said, "-3"}},
      {"mean", [](Values& x) { return mean(x.empty); }, {empty_said, "no mean of nothing"}},
      {"mean", [](Values& x) { return mean(x.empty, {-1}); }, {empty_said, "no mean of nothing"}},
      {"softmax", [](Values& x) { return softmax(x.s); }, {s_said}},
      {"softmax", [](Values& x) { return softmax(x.empty); }, {empty_said}},
      {"log_sum_exp", [](Values& x) { return log_sum_exp(x.empty); }, {empty_said}},
      {"take_rows", [](Values& x) { return take_rows(x.v, x.v); }, {v_said}},
      {"add_rows", [](Values& x) { return add_rows(x.a, x.v, 3); }, {a_said, v_said}},
      {"cross_entropy", [](Values& x) { return cross_entropy(x.a, x.v); }, {a_said, v_said}},
      {"cross_entropy", [](Values& x) { return cross_entropy(x.empty, slice(x.v, -1, 0, 2)); }, {empty_said}},
      {"mse", [](Values& x) { return mse(x.a, x.b); }, {a_said, b_said}},
      {"mse", [](Values& x) { return mse(x.empty, x.empty); }, {empty_said}},
      {"mse", [](Values& x) { return mse(x.s, x.s); }, {s_said, "last axis"}},
      {"maximum", [](Values& x) { return maximum(x.a, x.b); }, {a_said, b_said}},
      {"minimum", [](Values& x) { return minimum(x.a, x.v); }, {a_said, v_said}},
      {"greater", [](Values& x) { return greater(x.b, x.cube); }, {b_said, cube_said}},
      {"max", [](Values& x) { return max(x.a, {-3}); }, {a_said, "-3"}},
      {"max", [](Values& x) { return max(x.a, {}); }, {a_said, "one axis, 0 given"}},
      {"max", [](Values& x) { return max(x.empty, {-1}); }, {empty_said}},
      {"min",
       [](Values& x) {
         return min(x.a, {-1, -2});
       },
       {a_said, "one axis, 2 given"}},
      {"argmax", [](Values& x) { return argmax(x.s); }, {s_said}},
      {"argmax", [](Values& x) { return argmax(x.empty); }, {empty_said}},
      {"argmax",
       [](Values& x) { return argmax(x.g.input("long", {1 << 25})); },
       {"'long' = input [33554432]", "float"}},
      {"cumsum", [](Values& x) { return cumsum(x.a, -3); }, {a_said, "-3"}},
      {"cumsum", [](Values& x) { return cumsum(x.s, -1); }, {s_said}},
      {"log_softmax", [](Values& x) { return log_softmax(x.empty); }, {empty_said}},
      {"pick", [](Values& x) { return pick(x.a, x.v); }, {a_said, v_said}},
      {"pick", [](Values& x) { return pick(x.s, x.s); }, {s_said}},
      {"pick", [](Values& x) { return pick(x.empty, slice(x.v, -1, 0, 2)); }, {empty_said, "not empty"}},
      {"pick", [](Values& x) { return pick(x.v, x.a); }, {v_said, a_said}},
      {"pick", [](Values& x) { return pick(x.cube, slice(x.v, -1, 0, 2)); }, {cube_said, "index axes"}},
      {"place", [](Values& x) { return place(x.a, x.v, 3); }, {a_said, v_said}},
      {"place", [](Values& x) { return place(x.a, x.s, 0); }, {a_said, "among 0"}},
      {"layer_norm", [](Values& x) { return layer_norm(x.empty); }, {empty_said}},
      {"layer_norm", [](Values& x) { return layer_norm(x.a, -1); }, {a_said, "epsilon"}},
  };
  return list;
}

std::string text_of(const Mistake& m) {
  Values x;
  try {
    m.make(x);
  } catch (const ShapeError& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("every op refuses shapes that do not fit, with its name, the values and their shapes") {
  for (const Mistake& m : mistakes()) {
    const std::string text = text_of(m);
    CHECK_MESSAGE(text.starts_with(m.op + ": "), m.op, ": ", text);
    for (const auto& said : m.said) CHECK_MESSAGE(text.find(said) != std::string::npos, m.op, ": ", text);
  }
}

TEST_CASE("messages are these") {
  Values x;
  CHECK_THROWS_WITH_AS(x.a + x.b, "add: 'a' = input [2,3] and 'b' = input [4,5]: their lengths do not broadcast",
                       ShapeError);
  CHECK_THROWS_WITH_AS(x.a * x.g.input("c", {4, 3}),
                       "mul: 'a' = input [2,3] and 'c' = input [4,3]: their lengths do not broadcast", ShapeError);
  CHECK_THROWS_WITH_AS(matmul(x.a, x.b),
                       "matmul: 'a' = input [2,3] and 'b' = input [4,5]: inner lengths 3 and 4 differ", ShapeError);
  CHECK_THROWS_WITH_AS(matmul(x.a, x.v), "matmul: 'a' = input [2,3] and 'v' = input [7]: both need at least two axes",
                       ShapeError);
  CHECK_THROWS_WITH_AS(dense(x.a, x.b, x.v),
                       "dense: 'a' = input [2,3] and 'b' = input [4,5]: wanted [..., in] and [in, out]", ShapeError);
  CHECK_THROWS_WITH_AS(reshape(x.a, {4}), "reshape: 'a' = input [2,3]: wanted [4], which has 4 elements", ShapeError);
  CHECK_THROWS_WITH_AS(expand(x.a, {2, 4}), "expand: 'a' = input [2,3]: cannot repeat to [2,4]", ShapeError);
  CHECK_THROWS_WITH_AS(slice(x.a, -1, 1, 4),
                       "slice: 'a' = input [2,3]: elements 1 to 4 of axis -1 are outside the value", ShapeError);
  CHECK_THROWS_WITH_AS(mse(tanh(x.a), x.b), "mse: '%7' = tanh [2,3] and 'b' = input [4,5]: shapes differ", ShapeError);
  CHECK_THROWS_WITH_AS(concat({x.a, x.b}, -1),
                       "concat: 'a' = input [2,3] and 'b' = input [4,5]: other axes than the joined one differ",
                       ShapeError);
  CHECK_THROWS_WITH_AS(concat({}, -1), "concat: no parts given", ShapeError);
  CHECK_THROWS_WITH_AS(softmax(x.s), "softmax: 's' = input []: wanted a last axis that is not empty", ShapeError);
  CHECK_THROWS_WITH_AS(take_rows(x.v, x.s),
                       "take_rows: 'v' = input [7] and 's' = input []: wanted a table with at least two axes",
                       ShapeError);
}

TEST_CASE("positive axes are refused with help, and axes that are not there") {
  Values x;
  const std::string help =
      "'cube' = input [2,3,4]: axis 0 given; help: axes are counted from the right, -1 is the last";
  CHECK_THROWS_WITH_AS(sum(x.cube, {0}), ("sum: " + help).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(slice(x.cube, 0, 0, 1), ("slice: " + help).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(pad(x.cube, 0, 0, 1), ("pad: " + help).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(permute(x.cube, {0, 1}), ("permute: " + help).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(concat({x.cube, x.cube}, 0), ("concat: " + help).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(mean(x.cube, {1}), Contains("axis 1 given; help: axes are counted from the right"), ShapeError);
  CHECK_THROWS_WITH_AS(sum(x.cube, {-4}), "sum: 'cube' = input [2,3,4]: axis -4 given, the value has 3", ShapeError);
}

TEST_CASE("a value has at most eight axes, and no negative length") {
  Values x;
  CHECK_THROWS_WITH_AS(x.g.input("deep", {1, 1, 1, 1, 1, 1, 1, 1, 1}), "shape: more than 8 axes", ShapeError);
  CHECK_THROWS_WITH_AS(x.g.input("odd", {2, -3}), "shape: axis of length -3", ShapeError);
}

TEST_CASE("a name is taken once") {
  Values x;
  CHECK_THROWS_WITH_AS(x.g.input("a", {9}), "input: the name 'a' is taken by 'a' = input [2,3]", NameError);
  Var y = x.g.name(tanh(x.a), "y");
  CHECK_THROWS_WITH_AS(x.g.name(x.b, "y"), "name: 'y' is taken by 'y' = tanh [2,3]; wanted for 'b' = input [4,5]",
                       NameError);
  CHECK(x.g.name(y, "y") == y);  // the same again is no mistake
  CHECK(x.g.name(y, "also y") == y);
  CHECK(x.g.name_of(y.id) == "y");
  CHECK(x.g["also y"] == y);
}

TEST_CASE("an unknown name suggests the nearest") {
  Graph g;
  CHECK_THROWS_WITH_AS(g["x"], "graph: no value is named 'x'", NameError);
  g.name(tanh(g.input("layers.0.pre", {2})), "layers.0.post");
  CHECK_THROWS_WITH_AS(g["layer.0.post"],
                       "graph: no value is named 'layer.0.post'; help: the nearest name is 'layers.0.post'", NameError);
  const Parameters<double> params({{"layers.0.pre", {2}}});
  CHECK_THROWS_WITH_AS(params["layers.1.pre"],
                       "parameters: no slice is named 'layers.1.pre'; help: the nearest is 'layers.0.pre'", NameError);
}

TEST_CASE("values of two graphs do not mix") {
  Values x, y;
  CHECK_THROWS_WITH_AS(x.a + y.a, "add: its inputs belong to different graphs", ShapeError);
  CHECK_THROWS_AS(dense(x.a, y.b, y.v), ShapeError);
  CHECK_THROWS_AS(x.g.constant(0) + y.a, ShapeError);  // constants too, which would fold away
  CHECK_THROWS_AS(x.g.constant(1) * y.a, ShapeError);
  CHECK_THROWS_AS(x.g.constant(1) + y.g.constant(2), ShapeError);
  CHECK_THROWS_WITH_AS(x.g.name(y.a, "alien"), "name: 'a' = input [2,3] belongs to another graph", NameError);
}

TEST_CASE("parameters are bound in another graph by name and shape") {
  Graph same, none, other;
  Parameters<float> params({{"w", {2, 3}}});
  same.input("w", {2, 3}), other.input("w", {3, 2});
  CHECK(params.bindings(same)[0].data == params.flat().data());
  CHECK_THROWS_AS(params.bindings(none), NameError);
  CHECK_THROWS_WITH_AS(params.bindings(other),
                       "parameters: 'w' = input [3,2] cannot be bound to a slice of shape [2,3]", ShapeError);
}

TEST_CASE("a label or row number that is out of range or not whole names the value that holds it") {
  Graph g;
  Var x = g.input("logits", {2, 3}), t = g.input("labels", {2}), loss = cross_entropy(x, t);
  Program<double> p(g, {.fetch = {loss}});
  p.feed("logits", std::vector<double>(6));
  p.feed("labels", std::vector<double>{0, 3});
  CHECK_THROWS_WITH_AS(p.run(),
                       "cross_entropy: element 1 of 'labels' = input [2] is 3.000000; wanted a whole number in 0..2",
                       DataError);
  for (double bad : {-1.0, 0.5, std::numeric_limits<double>::quiet_NaN(), 1e300}) {
    p.feed("labels", std::vector<double>{bad, 0});
    CHECK_THROWS_WITH_AS(p.run(), Contains("cross_entropy: element 0 of 'labels' = input [2] is"), DataError);
  }
  p.feed("labels", std::vector<double>{2, 0});
  CHECK_NOTHROW(p.run());
  Var table = g.input("table", {4, 2});
  Program<float> rows(g, {.fetch = {take_rows(table, t), add_rows(table, g.input("index", {4}), 3)}});
  rows.feed("table", std::vector<float>(8)), rows.feed("labels", std::vector<float>{1, 4});
  rows.feed("index", std::vector<float>{0, 1, 2, 2});
  CHECK_THROWS_WITH_AS(rows.run(), Contains("take_rows: element 1 of 'labels' = input [2] is 4.0"), DataError);
  rows.feed("labels", std::vector<float>{1, 3}), rows.feed("index", std::vector<float>{0, 1, 2, 3});
  CHECK_THROWS_WITH_AS(rows.run(), Contains("add_rows: element 3 of 'index' = input [4] is 3.0"), DataError);
  for (Var v : {pick(x, t), place(t, t, 3), grad(sum(pick(x, t)), {x})[0], mean(cross_entropy(x, t))}) {
    Program<double> one(g, {.fetch = {v}});
    if (one.has(x)) one.feed(x, std::vector<double>(6));
    one.feed(t, std::vector<double>{2, 3});
    CHECK_THROWS_WITH_AS(one.run(), Contains(": element 1 of 'labels' = input [2] is 3.000000"), DataError);
  }
}
