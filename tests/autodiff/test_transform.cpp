// Derivatives of whole graphs against finite differences and against each other. Single ops: test_ops.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <utility>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

Numbers phased(std::int64_t n, double phase) {
  Numbers v(n);
  for (std::int64_t i = 0; i < n; ++i) v[i] = std::sin(phase + 1.7 * double(i));
  return v;
}

struct Chain {  // a [2,3] -> h = tanh(a W) [2,4] -> y = sigmoid(h V) * h0 [2,2] -> loss
  Graph g;
  Var a = g.input("a", {2, 3}), w = g.input("w", {3, 4}), v = g.input("v", {4, 2});
  Var h = g.name(tanh(matmul(a, w)), "h");
  Var y = sigmoid(matmul(h, v)) * slice(h, -1, 0, 2);
  Var loss = mean(square(y)) + sum(exp(y) * y);

  Tensor<double> run(Var of, std::map<Id, Numbers> given = {}, const std::vector<Var>& feed = {}) {
    Program<double> p(g, {.fetch = {of}, .feed = feed});
    for (Var in : {a, w, v}) given.try_emplace(in.id, phased(in.shape().numel(), in.id));
    for (const auto& [id, values] : given)
      if (p.has({&g, id})) p.feed({&g, id}, values);
    p.run();
    return p.copy(of);
  }
  // d of / d at, [of, at], by central differences; `at` may be an inner value.
  Matrix differences(Var of, Var at) {
    const Numbers base = run(at).data;
    Matrix j({of.shape().numel(), at.shape().numel()});
    constexpr double step = 1e-5;
    for (std::size_t c = 0; c < base.size(); ++c) {
      Numbers up = base, down = base;
      up[c] += step, down[c] -= step;
      const auto high = run(of, {{at.id, up}}, {at}), low = run(of, {{at.id, down}}, {at});
      for (std::int64_t r = 0; r < j.rows(); ++r) j(r, std::int64_t(c)) = (high[r] - low[r]) / (2 * step);
    }
    return j;
  }
};

void check_close(std::span<const double> got, std::span<const double> want, double tolerance = 1e-8) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - want[i]) < tolerance * (1 + std::abs(want[i])));
}

Numbers times(const Matrix& m, const Numbers& x) {
  Numbers y(m.rows());
  for (std::int64_t i = 0; i < m.rows(); ++i)
    for (std::int64_t j = 0; j < m.cols(); ++j) y[i] += m(i, j) * x[j];
  return y;
}

Matrix transposed(const Matrix& m) {
  Matrix t({m.cols(), m.rows()});
  for (std::int64_t i = 0; i < m.rows(); ++i)
    for (std::int64_t j = 0; j < m.cols(); ++j) t(j, i) = m(i, j);
  return t;
}

Numbers unit_rows(std::int64_t n) {
  Numbers eye(n * n);
  for (std::int64_t i = 0; i < n; ++i) eye[i * n + i] = 1;
  return eye;
}

}  // namespace

TEST_CASE("jvp and vjp are the dense Jacobian and its transpose, at inputs, weights and inner values") {
  Chain c;
  for (Var at : {c.a, c.w, c.v, c.h}) {
    CAPTURE(c.g.name_of(at.id));
    const Matrix dense = c.differences(c.y, at);
    Var dir = c.g.anonymous_input(at.shape()), seed = c.g.anonymous_input(c.y.shape());
    const Numbers d = phased(at.shape().numel(), 0.3), s = phased(c.y.shape().numel(), 0.9);
    check_close(c.run(jvp({c.y}, {at}, {dir})[0], {{dir.id, d}}).data, times(dense, d));
    check_close(c.run(vjp({c.y}, {seed}, {at})[0], {{seed.id, s}}).data, times(transposed(dense), s));
  }
}

TEST_CASE("the gradient of a loss is right at any named value") {
  Chain c;
  for (Var at : {c.a, c.w, c.v, c.g["h"]})
    check_close(c.run(grad(c.loss, {at})[0]).data, c.differences(c.loss, at).data);
}

TEST_CASE("tangents of several values add up, and so do several seeded values") {
  Chain c;
  Var da = c.g.anonymous_input(c.a.shape()), dw = c.g.anonymous_input(c.w.shape());
  const std::map<Id, Numbers> given{{da.id, phased(6, 1)}, {dw.id, phased(12, 2)}};
  const Var both = jvp({c.y}, {c.a, c.w}, {da, dw})[0];
  const Var apart = jvp({c.y}, {c.a}, {da})[0] + jvp({c.y}, {c.w}, {dw})[0];
  check_close(c.run(both, given).data, c.run(apart, given).data, 1e-14);
  Var sy = c.g.anonymous_input(c.y.shape()), sh = c.g.anonymous_input(c.h.shape());
  const std::map<Id, Numbers> seeds{{sy.id, phased(4, 1)}, {sh.id, phased(8, 2)}};
  const Var together = vjp({c.y, c.h}, {sy, sh}, {c.w})[0];
  const Var summed = vjp({c.y}, {sy}, {c.w})[0] + vjp({c.h}, {sh}, {c.w})[0];
  check_close(c.run(together, seeds).data, c.run(summed, seeds).data, 1e-14);
  const Var twice = vjp({c.y, c.y}, {sy, c.g.input("more", {2, 2})}, {c.w})[0];
  auto with_more = seeds;
  with_more[c.g["more"].id] = seeds.at(sy.id);
  check_close(c.run(twice, with_more).data, c.run(2.0 * vjp({c.y}, {sy}, {c.w})[0], seeds).data, 1e-14);
}

TEST_CASE("the full Hessian by eye seeds is symmetric, equals finite differences and its products are hvp") {
  Chain c;
  const std::int64_t n = c.w.shape().numel();
  const Var gradient = grad(c.loss, {c.w})[0];
  const Matrix dense = c.differences(gradient, c.w);
  Var eye = c.g.anonymous_input(Shape{n} + c.w.shape()), dir = c.g.anonymous_input(c.w.shape());
  const auto h = c.run(hvp(c.loss, {c.w}, {eye})[0], {{eye.id, unit_rows(n)}});
  CHECK(h.shape == Shape{n, 3, 4});
  check_close(h.data, dense.data, 1e-7);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) CHECK(std::abs(h.data[i * n + j] - h.data[j * n + i]) < 1e-13);
  const Numbers d = phased(n, 0.4);
  check_close(c.run(hvp(c.loss, {c.w}, {dir})[0], {{dir.id, d}}).data, times(Matrix({n, n}, h.data), d), 1e-12);
}

TEST_CASE("a Hessian across two parameters is the transpose of the other one") {
  Chain c;
  const std::int64_t nw = c.w.shape().numel(), nv = c.v.shape().numel();
  Var ew = c.g.anonymous_input(Shape{nw} + c.w.shape()), ev = c.g.anonymous_input(Shape{nv} + c.v.shape());
  const Var wv = jvp(grad(c.loss, {c.v}), {c.w}, {ew})[0], vw = jvp(grad(c.loss, {c.w}), {c.v}, {ev})[0];
  const auto a = c.run(wv, {{ew.id, unit_rows(nw)}}), b = c.run(vw, {{ev.id, unit_rows(nv)}});
  check_close(a.data, transposed(Matrix({nv, nw}, b.data)).data, 1e-13);
}

TEST_CASE("the derivative is zero, behind the seeds, where there is no path") {
  Chain c;
  Var other = c.g.input("other", {5}), dir = c.g.anonymous_input({3, 5}), seed = c.g.anonymous_input({7, 2, 2});
  CHECK(c.run(grad(c.loss, {other})[0]).data == Numbers(5));
  const auto pulled = c.run(vjp({c.y}, {seed}, {other})[0]);
  CHECK(pulled.shape == Shape{7, 5});
  CHECK(pulled.data == Numbers(35));
  CHECK(c.run(hvp(c.loss, {other}, {dir})[0]).shape.back() == 5);
  const auto pushed = c.run(jvp({c.y}, {other}, {dir})[0]);
  CHECK(pushed.shape == Shape{3, 2, 2});
  CHECK(pushed.data == Numbers(12));
  CHECK(c.run(grad(sum(step(c.h)), {c.w})[0]).data == Numbers(12));  // flat almost everywhere
  CHECK(c.run(grad(sum(c.h), {c.y})[0]).data == Numbers(4));         // downstream of the loss
  CHECK(c.run(grad(c.loss, {c.loss})[0]).data == Numbers{1});
}

TEST_CASE("a value in the middle of a chain has its derivative, whatever is simplified around it") {
  const std::pair<const char*, std::function<Var(Var)>> movements[] = {
      {"neg", [](Var v) { return -v; }},
      {"times a constant", [](Var v) { return 2.0 * v; }},
      {"through a constant", [](Var v) { return v / 4.0; }},
      {"plus a constant", [](Var v) { return v + 3.0; }},
      {"reshape",
       [](Var v) {
         return reshape(v, v.shape() == Shape{2, 3} ? Shape{3, 2} : Shape{2, 3});
       }},
      {"permute", [](Var v) { return transpose(v); }},
      {"expand", [](Var v) { return expand(v, Shape{2} + v.shape()); }},
      {"slice", [](Var v) { return slice(v, -1, 0, v.shape().back() - 1); }},
      {"stop and go", [](Var v) { return maximum(v, v.graph->constant(-100)); }},
      {"relu", [](Var v) { return relu(v); }}};
  for (const auto& [name, move] : movements) {
    CAPTURE(name);
    Graph g;
    const Var x = g.input("x", {2, 3}), middle = move(x), end = move(middle);
    Program<double> p(g, {.fetch = {grad(sum(end), {middle})[0], end}});
    p.feed(x, Numbers{1, 2, 3, 4, 5, 6});
    p.run();
    double total = 0;
    for (double v : p.view(grad(sum(end), {middle})[0])) total += std::abs(v);
    CHECK(total > 0);
    Program<double> fed(g, {.fetch = {end}, .feed = {middle}});  // refused if nothing depended on it
    fed.feed(middle, Numbers(std::size_t(middle.shape().numel()), 1.0));
    fed.run();
  }
}

TEST_CASE("transforms refuse what does not fit") {
  Chain c;
  Var seed = c.g.input("seed", {4}), alien_seed = c.g.input("seeds", {3, 2, 2});
  CHECK_THROWS_WITH_AS(grad(c.h, {c.w}),
                       "grad: 'h' = tanh [2,4]: wanted a scalar; help: use sum or mean first, or vjp with a seed",
                       ShapeError);
  CHECK_THROWS_WITH_AS(
      vjp({c.h}, {seed}, {c.w}),
      "vjp: 'h' = tanh [2,4] and 'seed' = input [4]: wanted a seed of the value's shape behind leading seed axes",
      ShapeError);
  CHECK_THROWS_AS(vjp({c.y, c.h}, {alien_seed, c.h}, {c.w}), ShapeError);  // seed axes differ
  CHECK_THROWS_WITH_AS(vjp({c.y}, {}, {c.w}), "vjp: 1 values and 0 seeds given", ShapeError);
  CHECK_THROWS_AS(vjp({}, {}, {c.w}), ShapeError);
  CHECK_THROWS_AS(jvp({c.y}, {c.w}, {seed}), ShapeError);
  CHECK_THROWS_AS(jvp({c.y}, {c.w, c.a}, {c.w}), ShapeError);
  Graph other;
  CHECK_THROWS_WITH_AS(grad(c.loss, {other.input("p", {2})}), "grad: 'p' = input [2] belongs to another graph",
                       NameError);
}
