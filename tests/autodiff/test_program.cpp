#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

Numbers numbers(std::int64_t n, double first = -0.7, double step = 0.3) {
  Numbers v(n);
  for (std::int64_t i = 0; i < n; ++i) v[i] = std::sin(first + step * double(i * i));
  return v;
}

struct TwoOutputs {  // x [4,3] -> h = tanh(x W + b) [4,5] -> y = h V [4,2] -> loss
  Graph g;
  Var x = g.input("x", {4, 3}), w = g.input("w", {3, 5}), b = g.input("b", {5}), v = g.input("v", {5, 2});
  Var pre = g.name(dense(x, w, b), "pre"), h = g.name(tanh(pre), "h"), y = g.name(matmul(h, v), "y");
  Var loss = g.name(sum(square(y)), "loss");

  template <class T>
  void feed(Program<T>& p, std::initializer_list<Var> inputs) {
    for (Var in : inputs) {
      const Numbers n = numbers(in.shape().numel(), 0.1 * double(in.id));
      std::copy(n.begin(), n.end(), p.input(in).begin());
    }
  }
  template <class T>
  Tensor<T> run(Var of) {
    Program<T> p(g, {.fetch = {of}});
    for (Var in : {x, w, b, v})
      if (p.has(in)) feed(p, {in});
    p.run();
    return p.copy(of);
  }
};

}  // namespace

TEST_CASE("values are fed and fetched by name and by handle") {
  Graph g;
  Var x = g.input("x", {3}), y = g.name(2.0 * x, "twice");
  Program<double> p(g, {.fetch = {y}});
  p.feed("x", Numbers{1, 2, 3});
  p.run();
  CHECK(p.copy("twice").data == Numbers{2, 4, 6});
  p.feed(x, Numbers{4, 5, 6});
  p.run();
  CHECK(p.copy(y).data == Numbers{8, 10, 12});
  CHECK(p.copy(y).shape == Shape{3});
  p.input("x")[1] = -1;  // the others keep their numbers
  p.run();
  CHECK(p.copy(y).data == Numbers{8, -2, 12});
}

TEST_CASE("a view shows the last run, a copy stays") {
  Graph g;
  Var x = g.input("x", {2}), y = square(x);
  Program<double> p(g, {.fetch = {y}});
  p.feed(x, Numbers{1, 2});
  p.run();
  const auto view = p.view(y);
  const auto copy = p.copy(y);
  p.feed(x, Numbers{3, 4});
  p.run();
  CHECK(view[0] == 9);
  CHECK(copy.data == Numbers{1, 4});
}

TEST_CASE("feeding an inner value with its own numbers changes nothing, and cuts off what lies behind it") {
  TwoOutputs n;
  const auto loss = n.run<double>(n.loss), h = n.run<double>(n.h);
  Program<double> p(n.g, {.fetch = {n.loss, n.y}, .feed = {n.h}});
  n.feed(p, {n.v});
  p.feed("h", h.data);
  p.run();  // x, w and b are not fed: nothing here depends on them
  CHECK(p.scalar(n.loss) == loss[0]);
  CHECK_FALSE(p.has(n.x));
  p.feed("h", Numbers(20, 0.0));
  p.run();
  CHECK(p.scalar(n.loss) == 0);
}

TEST_CASE("a fed value that nothing fetched depends on is an error") {
  TwoOutputs n;
  CHECK_THROWS_WITH_AS(Program<double>(n.g, {.fetch = {n.pre}, .feed = {n.h}}),
                       "program: nothing that is fetched depends on the fed value 'h' = tanh [4,5]", NameError);
  CHECK_THROWS_AS(Program<double>(n.g, {.fetch = {n.y}, .feed = {n.h, n.pre}}), NameError);  // behind another fed value
  CHECK_NOTHROW(Program<double>(n.g, {.fetch = {n.y, n.pre}, .feed = {n.h, n.pre}}));
}

TEST_CASE("a run before every input was fed names those that are missing") {
  TwoOutputs n;
  Program<double> p(n.g, {.fetch = {n.h}});
  p.feed("w", numbers(15));
  CHECK_THROWS_WITH_AS(p.run(), "program: run before these values were fed: 'x' = input [4,3], 'b' = input [5]",
                       NameError);
  n.feed(p, {n.x, n.b});
  CHECK_NOTHROW(p.run());
}

TEST_CASE("feeding what cannot be fed is an error, and a wrong length does not count as fed") {
  TwoOutputs n;
  Program<double> p(n.g, {.fetch = {n.h}});
  CHECK_THROWS_WITH_AS(p.feed("x", Numbers{1, 2}), "program: 2 numbers given for 'x' = input [4,3], wanted 12",
                       ShapeError);
  n.feed(p, {n.w, n.b});
  CHECK_THROWS_AS(p.run(), NameError);
  CHECK_THROWS_WITH_AS(p.feed("v", Numbers(10)),
                       "program: 'v' = input [5,2] cannot be fed: nothing that is fetched depends on it", NameError);
  CHECK_THROWS_WITH_AS(p.feed("h", Numbers(20)),
                       "program: 'h' = tanh [4,5] cannot be fed: it is computed or bound; help: list it under feed",
                       NameError);
  CHECK_THROWS_WITH_AS(p.feed("ww", Numbers(15)), "graph: no value is named 'ww'; help: the nearest name is 'w'",
                       NameError);
}

TEST_CASE("a value of another graph is refused") {
  TwoOutputs n;
  Graph other;
  Var alien = other.input("x", {4, 3});
  Program<double> p(n.g, {.fetch = {n.h}});
  CHECK_THROWS_AS(p.feed(alien, Numbers(12)), NameError);
  CHECK_THROWS_AS(p.view(alien), NameError);
  CHECK_FALSE(p.has(alien));
  CHECK_THROWS_AS(Program<double>(n.g, {.fetch = {alien}}), NameError);
  CHECK_THROWS_AS(Program<double>(n.g, {.fetch = {n.h}, .feed = {alien}}), NameError);
}

TEST_CASE("a value that a fused kernel keeps to itself can be viewed only when it is fetched") {
  TwoOutputs n;
  Program<double> p(n.g, {.fetch = {n.h}}), both(n.g, {.fetch = {n.h, n.pre}}),
      plain(n.g, {.fetch = {n.h}, .fuse = false});
  CHECK_THROWS_WITH_AS(
      p.view("pre"), "program: 'pre' = dense [4,5] is not held by this program; help: list it under fetch", NameError);
  for (auto* q : {&p, &both, &plain}) n.feed(*q, {n.x, n.w, n.b}), q->run();
  CHECK(both.copy("pre").data == plain.copy("pre").data);
  CHECK(p.copy("h").data == both.copy("h").data);
}

TEST_CASE("bound memory is read in place") {
  TwoOutputs n;
  Parameters<double> params({{"w", n.w.shape()}, {"b", n.b.shape()}, {"v", n.v.shape()}});
  const Numbers start = numbers(params.size());
  std::copy(start.begin(), start.end(), params.flat().begin());
  Program<double> p(n.g, {.fetch = {n.loss}}, params.bindings(n.g));
  n.feed(p, {n.x});
  p.run();
  const double before = p.scalar(n.loss);
  for (double& v : params["v"]) v *= 2;
  p.run();
  CHECK(p.scalar(n.loss) == doctest::Approx(4 * before));
  CHECK_THROWS_AS(p.feed("w", numbers(15)), NameError);
  CHECK_THROWS_WITH_AS(Program<double>(n.g, {.fetch = {n.loss}}, {{n.h, params.flat().data()}}),
                       "program: 'h' = tanh [4,5] is bound but is not an input", NameError);
}

TEST_CASE("a fetched input and a fetched view show their numbers") {
  Graph g;
  Var x = g.input("x", {2, 3}), r = reshape(x, {6}), t = reshape(square(x), {3, 2});
  Program<double> p(g, {.fetch = {x, r, t}});
  p.feed(x, Numbers{1, 2, 3, 4, 5, 6});
  p.run();
  CHECK(p.copy(x).data == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(p.copy(r).data == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(p.copy(t).data == Numbers{1, 4, 9, 16, 25, 36});
}

TEST_CASE("one graph serves float and double") {
  TwoOutputs n;
  const auto single = n.run<float>(n.loss);
  const auto twice = n.run<double>(n.loss);
  CHECK(double(single[0]) == doctest::Approx(twice[0]).epsilon(1e-5));
  CHECK(double(single[0]) != twice[0]);
}

TEST_CASE("a program can be moved and goes on") {
  Graph g;
  Var x = g.input("x", {2}), y = square(x);
  Program<double> p(g, {.fetch = {y}});
  p.feed(x, Numbers{1, 2});
  Program<double> q = std::move(p);
  q.run();
  CHECK(q.copy(y).data == Numbers{1, 4});
}

TEST_CASE("an infinite constant and what it masks is meant, other infinities and NaN are not") {
  Graph g;
  const Var x = g.input("x", {2, 2}), hidden = g.constant(-std::numeric_limits<double>::infinity());
  const Var scores = g.name(where(g.constant(Tensor<double>({2}, {0, 1})), hidden, x), "scores");
  const Var loss = g.name(log(softmax(scores)), "logs");
  Program<double> p(g, {.fetch = {scores}}), q(g, {.fetch = {loss}});
  const auto feed = [](Program<double>& to, double first) {
    to.feed("x", std::vector<double>{first, 1, 1, 1});
    to.run();
  };
  feed(p, 1), feed(q, 1);
  CHECK_NOTHROW(p.require_finite());
  CHECK_THROWS_WITH_AS(q.require_finite(), doctest::Contains("first appears in 'logs' = log"), NumericalError);
  feed(p, std::numeric_limits<double>::infinity());
  CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("first appears in 'x' = input"), NumericalError);
  feed(p, NAN);
  CHECK_THROWS_AS(p.require_finite(), NumericalError);
}

TEST_CASE("the first value with NaN or Inf is named, if a fetched one has it") {
  Graph g;
  Var x = g.input("x", {3}), a = g.name(square(x), "fine"), b = g.name(log(a), "logs"), y = sum(b);
  Program<double> p(g, {.fetch = {y}});
  p.feed(x, Numbers{1, 2, 3});
  p.run();
  CHECK_NOTHROW(p.require_finite());
  p.feed(x, Numbers{1, 0, 3});
  p.run();
  CHECK_THROWS_WITH_AS(p.require_finite(),
                       "program: NaN or Inf first appears in 'logs' = log [3] (element 1 is -inf), computed from "
                       "'fine' = square [3]; help: look at its inputs, in the data and in the parameters",
                       NumericalError);
  p.feed(x, Numbers{1, 2, std::nan("")});
  p.run();
  CHECK_THROWS_WITH_AS(p.require_finite(),
                       doctest::Contains("first appears in 'x' = input [3] (element 2 is nan); help"), NumericalError);
  Program<double> masked(g, {.fetch = {g.name(step(b), "mask")}});  // step(-Inf) = 0
  masked.feed(x, Numbers{1, 0, 3});
  masked.run();
  CHECK_NOTHROW(masked.require_finite());
}

TEST_CASE("a value without a name is named by its op and shape, and NaN apart from an Inf that does no harm") {
  Graph g;
  Var x = g.input("x", {2});
  Var hidden = log(step(x)), y = sqrt(x - 3.0) + sum(exp(hidden));  // exp(-inf) = 0
  for (bool fuse : {true, false}) {
    Program<double> p(g, {.fetch = {y}, .fuse = fuse});
    p.feed(x, Numbers{4, -1});
    p.run();
    CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("; NaN first appears in '%"), NumericalError);
    CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("= sqrt [2] (element 1 is "), NumericalError);
    CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("computed from '%"), NumericalError);
  }
}

TEST_CASE("the first bad value is named though it shares memory or is inside a fused chain, with inner values fed") {
  Graph g;
  Var x = g.input("x", {2, 2}), w = g.input("w", {2, 2}), b = g.input("b", {2});
  Var pre = g.name(dense(x, w, b), "pre"), post = tanh(pre), y = g.name(recip(post), "y"), z = exp(-square(y));
  Numbers bound{1, 0, 0, 1};
  for (bool flat : {true, false}) {
    ProgramSpec spec{.fetch = {sum(z * y)}};
    if (flat) std::swap(spec.flat, spec.fetch);
    Program<double> p(g, spec, {{w, bound.data()}});
    p.feed(x, Numbers{1, 0, 1, 1}), p.feed(b, Numbers{0, 0}), p.run();
    CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("first appears in 'y' = recip [2,2] (element 1 is inf)"),
                         NumericalError);
    p.feed(b, Numbers{0, std::nan("")}), p.run();
    CHECK_THROWS_WITH_AS(p.require_finite(), doctest::Contains("first appears in 'b' = input [2]"), NumericalError);
    spec.feed = {post};
    Program<double> fed(g, spec);
    fed.feed(post, Numbers{1, 1, 0, 1}), fed.run();
    CHECK_THROWS_WITH_AS(fed.require_finite(), doctest::Contains("in 'y' = recip [2,2] (element 2 is inf)"),
                         NumericalError);
  }
  Program<double> changed(g, {.fetch = {y}}, {{w, bound.data()}});
  changed.feed(x, Numbers{1, 0, 1, 1}), changed.feed(b, Numbers{0, 0}), changed.run();
  bound[1] = 1;  // no element of pre is 0 any more
  CHECK_THROWS_WITH_AS(changed.require_finite(), doctest::Contains("first appears in 'y' = recip"), NumericalError);
}

TEST_CASE("subnormal numbers are flushed inside a run and not after it") {
  Graph g;
  Var x = g.input("x", {8}), y = 0.5 * x;
  Program<float> p(g, {.fetch = {y}});
  const volatile float tiny = std::numeric_limits<float>::min();
  p.feed(x, std::vector<float>(8, float(tiny)));
  p.run();
#if defined(__SSE2__)
  for (float v : p.view(y)) CHECK(v == 0);
#endif
  CHECK(tiny * 0.5f > 0);
}
