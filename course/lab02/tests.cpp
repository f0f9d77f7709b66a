#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/kernels.h"
#include "autodiff/program.h"
#include "lab.h"

using namespace lab;

namespace {

// Uniform in ±[0.3, 1.3], other ones for each student and purpose.
Numbers numbers(std::size_t count, const char* purpose) {
  basin::Rng rng = student_rng(purpose);
  Numbers all;
  while (all.size() < count) all.push_back(rng.uniform(0.3, 1.3) * (rng.below(2) ? 1 : -1));
  return all;
}

// Values of a graph for given inputs, one behind the other.
Numbers run(Graph& g, const std::vector<Var>& values, const std::vector<std::pair<Var, Numbers>>& inputs) {
  basin::Program<double> p(g, {.fetch = values});
  for (const auto& [v, given] : inputs)
    if (p.has(v)) p.feed(v, given);
  p.run();
  Numbers all;
  for (const Var v : values) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
  return all;
}

void check_close(const Numbers& got, const Numbers& want, const char* probably) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK_MESSAGE(std::abs(got[i] - want[i]) < 1e-10, "given ", got[i], ", wanted ", want[i], "; ", probably);
  }
}

Numbers each(const Numbers& x, double (*f)(double)) {
  Numbers y;
  for (const double v : x) y.push_back(f(v));
  return y;
}

}  // namespace

TEST_CASE("[1] bump: the slope is -2 x e^(-x^2)") {
  Graph g;
  const Var x = g.input("x", {5});
  const Numbers at = numbers(5, "lab02 bump");
  check_close(run(g, basin::grad(sum(bump(x)), {x}), {{x, at}}),
              each(at, [](double v) { return -2 * v * std::exp(-v * v); }),
              "the rule is cotangent · (-2 x) · y, and y is r.y()");
}

TEST_CASE("[1] bump: the slope of the slope is (4 x^2 - 2) e^(-x^2)") {
  Graph g;
  const Var x = g.input("x", {5});
  const Numbers at = numbers(5, "lab02 bump twice");
  const Var slope = basin::grad(sum(bump(x)), {x})[0];
  check_close(run(g, basin::grad(sum(slope), {x}), {{x, at}}),
              each(at, [](double v) { return (4 * v * v - 2) * std::exp(-v * v); }),
              "y depends on x too: is something of the rule held constant (stop_gradient), or made without ops?");
}

TEST_CASE("[1] hypot: slopes a / y and b / y to both inputs, also where they are broadcast") {
  Graph g;
  const Var a = g.input("a", {2, 3}), b = g.input("b", {3});
  const Numbers at_a = numbers(6, "lab02 hypot a"), at_b = numbers(3, "lab02 hypot b");
  Numbers to_a, to_b(3, 0.0);
  for (std::size_t i = 0; i < 6; ++i) {
    const double y = std::hypot(at_a[i], at_b[i % 3]);
    to_a.push_back(at_a[i] / y), to_b[i % 3] += at_b[i % 3] / y;
  }
  const Var loss = sum(hypot(a, b));
  check_close(run(g, basin::grad(loss, {a}), {{a, at_a}, {b, at_b}}), to_a, "input 0 gets cotangent · a / y");
  check_close(run(g, basin::grad(loss, {b}), {{a, at_a}, {b, at_b}}), to_b,
              "input 1 gets cotangent · b / y; zeros mean that the rule gives it nothing, and nobody complains");
}

TEST_CASE("[1] hypot: its Hessian is (b^2, -ab; -ab, a^2) / y^3") {
  Graph g;
  const Var a = g.input("a", {}), b = g.input("b", {});
  const Numbers at = numbers(2, "lab02 hypot twice");
  const std::vector<Var> slopes = basin::grad(hypot(a, b), {a, b});
  Numbers got;
  for (const Var slope : slopes)
    for (const double h : run(g, basin::grad(slope, {a, b}), {{a, {at[0]}}, {b, {at[1]}}})) got.push_back(h);
  const double cube = std::pow(std::hypot(at[0], at[1]), 3), ab = at[0] * at[1] / cube;
  check_close(got, {at[1] * at[1] / cube, -ab, -ab, at[0] * at[0] / cube},
              "the slope a / y depends on b through y: the rule must be made of r.y() and r.in(), by ops");
}

TEST_CASE("[1] unit: the Jacobian of each row is (1 - y yT) / |x|") {
  Graph g;
  const Var x = g.input("x", {2, 3}), weights = g.input("weights", {2, 3});
  const Numbers at = numbers(6, "lab02 unit"), w = numbers(6, "lab02 unit weights");
  Numbers want;
  for (std::size_t row = 0; row < 6; row += 3) {
    double squares = 0, along = 0;
    for (std::size_t i = row; i < row + 3; ++i) squares += at[i] * at[i], along += w[i] * at[i];
    for (std::size_t i = row; i < row + 3; ++i) want.push_back((w[i] - at[i] * along / squares) / std::sqrt(squares));
  }
  check_close(run(g, basin::grad(sum(weights * unit(x)), {x}), {{x, at}, {weights, w}}), want,
              "rows are apart: sums go over the last axis alone, {-1}, and keep it");
}

TEST_CASE("[1] unit: several cotangents in one sweep give what they give one by one") {
  Graph g;
  const Var x = g.input("x", {2, 3}), seeds = g.input("seeds", {4, 2, 3}), one = g.input("one", {2, 3});
  const Numbers at = numbers(6, "lab02 unit seeds x"), many = numbers(24, "lab02 unit seeds");
  const Numbers together = run(g, basin::vjp({unit(x)}, {seeds}, {x}), {{x, at}, {seeds, many}});
  Numbers alone;
  for (std::size_t k = 0; k < 24; k += 6)
    for (const double v :
         run(g, basin::vjp({unit(x)}, {one}, {x}), {{x, at}, {one, Numbers(many.begin() + k, many.begin() + k + 6)}}))
      alone.push_back(v);
  check_close(together, alone, "r.ct() may have more leading axes than y: count axes from the right");
  CHECK_MESSAGE(std::abs(together[0]) > 1e-6, "all zeros: the rule gives nothing");
}

TEST_CASE("[1] hessian_product: of 1/2 xT A x + x.B z it is ((A + AT)/2 u + B v, BT u)") {
  Graph g;
  const Var x = g.input("x", {2, 1}), z = g.input("z", {2, 1}), A = g.input("A", {2, 2}), B = g.input("B", {2, 2});
  const Var u = g.input("u", {2, 1}), v = g.input("v", {2, 1});
  const Numbers a = numbers(4, "lab02 A"), b = numbers(4, "lab02 B"), p = numbers(2, "lab02 u"),
                q = numbers(2, "lab02 v"), at = numbers(4, "lab02 x z");
  const Var loss = sum(x * (0.5 * matmul(A, x))) + sum(x * matmul(B, z));
  const double half = (a[1] + a[2]) / 2;
  check_close(
      run(g, hessian_product(loss, {x, z}, {u, v}),
          {{x, {at[0], at[1]}}, {z, {at[2], at[3]}}, {A, a}, {B, b}, {u, p}, {v, q}}),
      {a[0] * p[0] + half * p[1] + b[0] * q[0] + b[1] * q[1], half * p[0] + a[3] * p[1] + b[2] * q[0] + b[3] * q[1],
       b[0] * p[0] + b[2] * p[1], b[1] * p[0] + b[3] * p[1]},
      "the slope adds up over all of wrt before it is differentiated: else the mixed parts B are lost");
}

TEST_CASE("[1] hessian_product: a direction that is made of x still counts as a constant") {
  Graph g;
  const Var x = g.input("x", {3});
  const Numbers at = numbers(3, "lab02 radial");
  const Var loss = sum(square(square(x)));
  check_close(run(g, hessian_product(loss, {x}, {2.0 * x}), {{x, at}}),
              each(at, [](double v) { return 24 * v * v * v; }),
              "12 x^2 · 2x; with 8 x^3 more, the direction was differentiated too: stop_gradient it");
}

namespace {

// Products a b with rules that are wrong in ways of their own, and right values.
constexpr auto multiply = [](const auto& c) { basin::zip(c, [](auto a, auto b) { return a * b; }); };
const basin::Op half_op{.name = "half",
                        .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * r.in(1); }); },
                        .run = multiply,
                        .loop = basin::broadcast_loop};
const basin::Op sign_op{.name = "sign_of_b",
                        .vjp =
                            [](Rule& r) {
                              r.to(0, [&] { return r.ct() * r.in(1); });
                              r.to(1, [&] { return -r.ct() * r.in(0); });
                            },
                        .run = multiply,
                        .loop = basin::broadcast_loop};
const basin::Op nan_op{.name = "nan",
                       .vjp =
                           [](Rule& r) {
                             r.to(0, [&] { return r.ct() * r.in(1) * (r.graph().constant(0) / (0.0 * r.in(0))); });
                             r.to(1, [&] { return r.ct() * r.in(0); });
                           },
                       .run = multiply,
                       .loop = basin::broadcast_loop};
const basin::Op frozen_op{.name = "frozen",
                          .vjp =
                              [](Rule& r) {
                                r.to(0, [&] { return r.ct() * stop_gradient(r.in(1)); });
                                r.to(1, [&] { return r.ct() * stop_gradient(r.in(0)); });
                              },
                          .run = multiply,
                          .loop = basin::broadcast_loop};
// Both slopes are right; of the mixed second derivatives, which are 1, one is 2 and the other 0.
const basin::Op lopsided_op{.name = "lopsided",
                            .vjp =
                                [](Rule& r) {
                                  r.to(0, [&] { return r.ct() * (2.0 * r.in(1) - stop_gradient(r.in(1))); });
                                  r.to(1, [&] { return r.ct() * stop_gradient(r.in(0)); });
                                },
                            .run = multiply,
                            .loop = basin::broadcast_loop};
// NaN in the second derivative alone.
const basin::Op late_nan_op{
    .name = "late_nan",
    .vjp =
        [](Rule& r) {
          r.to(0, [&] { return r.ct() * (r.in(1) + sqrt(square(r.in(1) - stop_gradient(r.in(1))))); });
          r.to(1, [&] { return r.ct() * r.in(0); });
        },
    .run = multiply,
    .loop = basin::broadcast_loop};

Subject product(const basin::Op& op) {
  return Subject({std::string(op.name), {{2, 2}, {2, 2}}, [&op](const std::vector<Var>& x) {
                    return x[0].graph->emit(op, {x[0], x[1]}, x[0].shape());
                  }});
}

std::vector<Sample> right_samples() {
  return {{"product", {{2, 2}, {2}}, [](const std::vector<Var>& x) { return x[0] * x[1]; }},
          {"tanh", {{3}}, [](const std::vector<Var>& x) { return tanh(x[0]); }},
          {"softmax", {{2, 3}}, [](const std::vector<Var>& x) { return softmax(x[0]); }},
          {"matmul", {{2, 3}, {3, 2}}, [](const std::vector<Var>& x) { return matmul(x[0], x[1]); }}};
}

}  // namespace

TEST_CASE("[1] order 1: right rules pass, and wrong slopes, no slope and NaN do not") {
  for (const Sample& sample : right_samples()) {
    Subject s(sample);
    const double error = order_1_error(s);
    CHECK_MESSAGE(error < tolerance, sample.name, " is right, but its error was ", error,
                  "; is each coordinate moved alone, both ways, and put back?");
  }
  for (const basin::Op* op : {&half_op, &sign_op, &nan_op}) {
    Subject s = product(*op);
    const double error = order_1_error(s);
    CHECK_MESSAGE(!(error < 1e-3), op->name, " is wrong, but its error was ", error,
                  "; half: nothing goes to input 1; nan: max(worst, NaN) may well be `worst`");
  }
}

TEST_CASE("[1] order 2: right rules pass, and rules that are wrong at order 2 alone do not") {
  for (const Sample& sample : right_samples()) {
    Subject s(sample);
    const double error = order_2_error(s);
    CHECK_MESSAGE(error < tolerance, sample.name, " is right, but its error was ", error,
                  "; the gradient is moved along s.along, and the product is along s.directions");
  }
  for (const basin::Op* op : {&frozen_op, &lopsided_op, &late_nan_op}) {
    Subject s = product(*op);
    const double error = order_2_error(s);
    CHECK_MESSAGE(!(error < 1e-3), op->name, " is wrong, but its error was ", error,
                  "; lopsided: errors of H cancel in the one number vT H v, so compare every entry of H v");
  }
}
