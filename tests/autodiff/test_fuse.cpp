// Which chains run as one kernel, and which look alike but must not. That fused numbers are the unfused ones:
// test_ops.cpp and test_random_programs.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "autodiff/print.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

struct Layer {  // post = f(x W + b)
  explicit Layer(Var (*f)(Var)) : post(g.name(f(pre), "post")) {}
  Graph g;
  Var x = g.input("x", {8, 4}), w = g.input("w", {4, 5}), b = g.input("b", {5}), seed = g.input("seed", {8, 5});
  Var pre = g.name(dense(x, w, b), "pre"), post;

  std::size_t calls(const ProgramSpec& spec) { return Program<double>(g, spec).plan().calls.size(); }
};

}  // namespace

TEST_CASE("an activation runs with the dense layer in front of it") {
  for (auto f : {&relu, &tanh, &sigmoid}) {
    Layer l(f);
    CHECK(l.calls({.fetch = {l.post}}) == 1);
    CHECK(l.calls({.fetch = {l.post}, .fuse = false}) == 2);
  }
}

TEST_CASE("a dense layer that something else reads, or that is given, is not taken in") {
  Layer l(&tanh);
  CHECK(l.calls({.fetch = {l.post, l.pre}}) == 2);
  CHECK(l.calls({.fetch = {l.post}, .flat = {l.pre}}) == 2);
  CHECK(l.calls({.fetch = {l.post}, .feed = {l.pre}}) == 1);
  CHECK(l.calls({.fetch = {l.post, square(l.pre)}}) == 3);
  CHECK(l.calls({.fetch = {l.post, reshape(l.pre, {40})}}) == 2);
}

TEST_CASE("the backward pass of relu and tanh runs with the bias gradient") {
  for (auto f : {&relu, &tanh}) {
    Layer l(f);
    const auto gradients = vjp({l.post}, {l.seed}, {l.w, l.b});
    CHECK(l.calls({.fetch = {}, .flat = gradients}) == 3);  // layer; slope and column sums; weight gradient
    CHECK(l.calls({.fetch = {}, .flat = gradients, .fuse = false}) == (f == &relu ? 6 : 7));
  }
}

TEST_CASE("cross-entropy and its slope are one pass") {
  Graph g;
  Var x = g.input("x", {8, 4}), t = g.input("t", {8}), loss = mean(cross_entropy(x, t)), slope = grad(loss, {x})[0];
  CHECK(Program<float>(g, {.fetch = {loss, slope}}).plan().calls.size() == 2);  // the pass, and its scale 1/8
  CHECK(Program<float>(g, {.fetch = {loss, slope}, .fuse = false}).plan().calls.size() == 5);
  CHECK(Program<float>(g, {.fetch = {slope}}).plan().calls.size() == 2);
}

namespace {

// [3,3] values that differ in every element, a column and a row to broadcast.
struct Square {
  Graph g;
  Var x = g.input("x", {3, 3}), y = g.input("y", {3, 3}), row = g.input("row", {3}), column = g.input("column", {3, 1});

  static double number(Var v, std::int64_t i) { return 0.9 * std::sin(double(i) + 0.7 * v.id + 0.1); }
  double at(Var v, std::int64_t i, std::int64_t j) const {
    const std::int64_t rows = v.shape().numel() == 9 || v == column ? 3 : 1, cols = v == column ? 1 : 3;
    return number(v, (rows == 1 ? 0 : i) * cols + (cols == 1 ? 0 : j));
  }
  // `of` is want(i, j), and its sums along both axes are right, in one program with fusions.
  void check(Var of, const std::function<double(std::int64_t, std::int64_t)>& want) {
    const Var rows = sum(of, {-1}, true), columns = sum(of, {-2}, true), all = sum(of);
    for (const std::vector<Var>& fetch : {std::vector{of, rows}, {of, columns}, {of, rows, columns}, {all}}) {
      Program<double> p(g, {.fetch = fetch});
      for (Var v : {x, y, row, column})
        if (p.has(v))
          for (std::int64_t i = 0; double& number_at : p.input(v)) number_at = number(v, i++);
      p.run();
      for (std::int64_t i = 0; i < 3; ++i) {
        double in_row = 0, in_column = 0;
        for (std::int64_t j = 0; j < 3; ++j) in_row += want(i, j), in_column += want(j, i);
        if (p.has(rows)) CHECK(p.view(rows)[i] == doctest::Approx(in_row).epsilon(1e-13));
        if (p.has(columns)) CHECK(p.view(columns)[i] == doctest::Approx(in_column).epsilon(1e-13));
        for (std::int64_t j = 0; p.has(of) && j < 3; ++j)
          CHECK(p.view(of)[i * 3 + j] == doctest::Approx(want(i, j)).epsilon(1e-13));
      }
    }
  }
};

double positive(double v) { return v > 0 ? 1.0 : 0.0; }

}  // namespace

TEST_CASE("slopes of square tables have the right numbers and sums, whatever is broadcast") {
  for (int k = 0; k < 3; ++k) {
    Square s;
    const Var ct = k == 0 ? s.x : k == 1 ? s.row : s.column;
    s.check(ct * step(s.y), [&](auto i, auto j) { return s.at(ct, i, j) * positive(s.at(s.y, i, j)); });
    s.check(s.x * step(ct), [&](auto i, auto j) { return s.at(s.x, i, j) * positive(s.at(ct, i, j)); });
    for (double c : {1.0, 2.0, -0.5}) {
      s.check(ct * (c - square(s.y)),
              [&](auto i, auto j) { return s.at(ct, i, j) * (c - std::pow(s.at(s.y, i, j), 2)); });
      s.check(s.x * (c - square(ct)),
              [&](auto i, auto j) { return s.at(s.x, i, j) * (c - std::pow(s.at(ct, i, j), 2)); });
      s.check(c * (s.x - ct), [&](auto i, auto j) { return c * (s.at(s.x, i, j) - s.at(ct, i, j)); });
      s.check(c * (ct - s.x), [&](auto i, auto j) { return c * (s.at(ct, i, j) - s.at(s.x, i, j)); });
    }
    s.check(ct * (s.x - s.y), [&](auto i, auto j) { return s.at(ct, i, j) * (s.at(s.x, i, j) - s.at(s.y, i, j)); });
  }
}

TEST_CASE("a loss runs with the slope of its own labels only") {
  Graph g;
  Var x = g.input("x", {3, 3}), t = g.input("t", {3}), u = g.input("u", {3});
  Var loss = mean(cross_entropy(x, t)), other_slope = grad(mean(cross_entropy(x, u)), {x})[0],
      slope = grad(loss, {x})[0];
  for (const std::vector<Var>& fetch : {std::vector{loss, other_slope}, {loss, other_slope, slope}}) {
    Program<double> p(g, {.fetch = fetch});
    p.feed(x, std::vector<double>(9, 0.5));  // softmax = 1/3
    p.feed(t, std::vector<double>{0, 1, 2}), p.feed(u, std::vector<double>{1, 1, 0});
    p.run();
    CHECK(p.scalar(loss) == doctest::Approx(std::log(3.0)));
    for (std::int64_t i = 0; i < 9; ++i) {
      const bool at_u = i == 1 || i == 4 || i == 6, at_t = i % 4 == 0;
      CHECK(p.view(other_slope)[i] == doctest::Approx((1.0 / 3 - at_u) / 3));
      if (p.has(slope)) CHECK(p.view(slope)[i] == doctest::Approx((1.0 / 3 - at_t) / 3));
    }
  }
}

TEST_CASE("the mean of losses runs in one pass, with the slope of cross-entropy and that of mse in one more") {
  Graph g;
  Var w = g.input("w", {4, 5}), b = g.input("b", {5}), x = g.input("x", {8, 4}), pre = dense(x, w, b);
  Var labels = g.input("labels", {8}), target = g.input("target", {8, 5});
  auto calls = [&](const ProgramSpec& spec) { return Program<float>(g, spec).plan().calls.size(); };
  for (const auto& [rows, training] : {std::pair{cross_entropy(pre, labels), 5}, {mse(pre, target), 4}}) {
    const Var loss = mean(rows);
    CHECK(calls({.fetch = {loss}}) == 2);
    CHECK(calls({.fetch = {loss, rows}}) == 4);
    CHECK(calls({.fetch = {loss, sum(rows)}}) == 4);
    CHECK(calls({.fetch = {loss}, .feed = {rows}}) == 2);
    CHECK(calls({.fetch = {loss}, .feed = {sum(rows)}}) == 1);
    CHECK(calls({.fetch = {loss, square(rows)}}) == 5);
    CHECK(calls({.fetch = {sum(rows)}}) == 3);
    CHECK(calls({.fetch = {sum(b * sum(rows))}}) == 5);
    // Layer, loss and gradient of w; between them the scaled slope with the gradient of b, or these two by themselves.
    CHECK(calls({.fetch = {loss}, .flat = grad(loss, {w, b})}) == std::size_t(training));
  }
}

TEST_CASE("the mean of some of the losses is no mean of all") {
  Graph g;
  Var x = g.input("x", {3, 2}), t = g.input("t", {3, 2}), labels = g.input("labels", {3});
  for (Var rows : {mse(x, t), cross_entropy(x, labels)}) {
    const Var first = mean(slice(rows, -1, 0, 1)), last = mean(slice(rows, -1, 1, 3)),
              still = mean(stop_gradient(rows));
    for (bool fuse : {true, false})
      for (const std::vector<Var>& fetch : {std::vector{first}, {last}, {still}, {rows, first, last, still}}) {
        Program<double> p(g, {.fetch = fetch, .fuse = fuse});
        p.feed(x, std::vector<double>{1, 0, 0, 2, 3, 0});
        if (p.has(t)) p.feed(t, std::vector<double>(6, 0.0));
        if (p.has(labels)) p.feed(labels, std::vector<double>{0, 1, 0});
        p.run();
        std::array<double, 3> want{0.5, 2, 4.5};
        if (!p.has(t)) want = {std::log1p(std::exp(-1.0)), std::log1p(std::exp(-2.0)), std::log1p(std::exp(-3.0))};
        if (p.has(first)) CHECK(p.scalar(first) == doctest::Approx(want[0]).epsilon(1e-14));
        if (p.has(last)) CHECK(p.scalar(last) == doctest::Approx((want[1] + want[2]) / 2).epsilon(1e-14));
        if (p.has(still)) CHECK(p.scalar(still) == doctest::Approx((want[0] + want[1] + want[2]) / 3).epsilon(1e-14));
      }
  }
}

TEST_CASE("a slope that is read before the mean of its losses is made in time") {
  Graph g;
  Var x = g.input("x", {2, 2}), t = g.input("t", {2}), rows = cross_entropy(x, t);
  Var early = square(grad(sum(rows), {x})[0]), loss = mean(rows);
  Program<double> p(g, {.fetch = {early, loss}});
  p.feed(x, std::vector<double>(4)), p.feed(t, std::vector<double>{0, 1});
  p.run();
  CHECK(p.copy(early).data == std::vector<double>(4, 0.25));
  CHECK(p.scalar(loss) == doctest::Approx(std::log(2.0)));
}

namespace {

std::vector<Var> of_elements_or_rows(Var x, Var y) {
  std::vector<Var> all{silu(x), softplus(x) * x, maximum(x, y), greater(x, y), cumsum(x, -1), stop_gradient(x)};
  if (x.shape().back() == 0) return all;
  for (Var v : {softmax(x), log_softmax(x), layer_norm(x), log_sum_exp(x), mse(x, y), max(x, {-1}), argmax(x),
                pick(x, sum(x, {-1})), place(x, x, 2), cross_entropy(x, sum(x, {-1}))})
    all.push_back(v);
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("losses of no rows are none, and their sum is 0", T, float, double) {
  for (bool fuse : {true, false}) {
    Graph g;
    Var x = g.input("x", {0, 3}), t = g.input("t", {0, 3}), labels = g.input("labels", {0});
    Var loss = 2.0 * sum(mse(x, t)) + 3.0 * sum(cross_entropy(x, labels)), slope = grad(loss, {x})[0];
    Program<T> p(g, {.fetch = {loss, slope}, .fuse = fuse});
    p.input(x), p.input(t), p.input(labels);
    p.run();
    CHECK(p.scalar(loss) == 0);
    CHECK(p.view(slope).empty());
  }
}

TEST_CASE_TEMPLATE("values without elements run, fused and not, and their sums are zero", T, float, double) {
  for (const Shape& shape : {Shape{3, 0}, Shape{0, 3}, Shape{0, 0}, Shape{2, 3, 0}, Shape{0}})
    for (bool fuse : {true, false}) {
      CAPTURE(shape.str());
      Graph g;
      Var x = g.input("x", shape), y = g.input("y", shape), scale = g.input("scale", {});
      std::vector<Var> all{scale * (x - y), x * step(y), x * (1.0 - square(y)), x / y, where(x, x, y), gelu(x)};
      for (Var v : of_elements_or_rows(x, y)) all.push_back(v);
      if (shape.rank() == 2) {
        Var w = g.input("w", {shape[1], 2}), b = g.input("b", {2}), none = g.input("none", {2, 0});
        Var h = tanh(dense(x, w, b)), empty = relu(dense(h, none, g.input("no bias", {0})));
        const std::vector<Var> more{h, matmul(x, w), empty, grad(sum(square(h)), {w})[0], grad(sum(empty), {b})[0]};
        all.insert(all.end(), more.begin(), more.end());
      }
      const std::vector<Var> moved{concat({x, y}, -1),          pad(x, -1, 0, 2),
                                   reshape(x, {0, 5}),          slice(x, -1, 0, 0),
                                   expand(x, Shape{2} + shape), permute(x, {-1})};
      all.insert(all.end(), moved.begin(), moved.end());
      if (shape.rank() >= 2) all.push_back(transpose(x)), all.push_back(take_rows(x, g.input("picks", {0})));
      for (Var v : std::vector<Var>(all))
        for (Var d : grad(sum(square(v)), {x, scale})) all.push_back(d);
      std::vector<Var> sums;
      for (Var v : all) {
        sums.push_back(sum(v));
        for (std::int64_t axis = 1; axis <= v.shape().rank(); ++axis) sums.push_back(sum(v, {-axis}));
      }
      std::vector<Var> fetch = all;
      fetch.insert(fetch.end(), sums.begin(), sums.end());
      Program<T> p(g, {.fetch = fetch, .fuse = fuse});
      for (const auto& [name, id] : g.names())
        if (p.has({&g, id}))
          for (T& v : p.input(Var{&g, id})) v = 0;
      p.run();
      for (Var v : fetch)
        for (T number : p.view(v)) CHECK(number == 0);
    }
}
