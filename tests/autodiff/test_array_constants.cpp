// Constants of the graph: arrays are one node when equal, and what depends on constants alone is free in a run.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/op.h"
#include "autodiff/plan.h"
#include "autodiff/print.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Tensor<double> causal_mask(std::int64_t n) {
  Tensor<double> mask({n, n});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = i + 1; j < n; ++j) mask(i, j) = -inf;
  return mask;
}

}  // namespace

TEST_CASE("equal arrays are one node, by shape and by bits") {
  Graph g;
  const Var a = g.constant(Tensor<double>({2, 2}, {1, 2, 3, 4}));
  const Id size = g.size();
  CHECK(g.constant(Tensor<double>({2, 2}, {1, 2, 3, 4})) == a);
  CHECK(g.size() == size);
  CHECK_FALSE(g.constant(Tensor<double>({4}, {1, 2, 3, 4})) == a);
  CHECK_FALSE(g.constant(Tensor<double>({2, 2}, {1, 2, 3, 5})) == a);
  CHECK_FALSE(g.constant(Tensor<double>({1}, {0.0})) == g.constant(Tensor<double>({1}, {-0.0})));
  const Numbers nan{std::nan("")};
  CHECK(g.constant(Tensor<double>({1}, nan)) == g.constant(Tensor<double>({1}, nan)));
  CHECK(g.constant(Tensor<double>({}, {2.0})) == g.constant(2));
  CHECK_FALSE(is_constant(g.node(a.id)));  // those are scalars
}

TEST_CASE_TEMPLATE("an array is rounded to the program's precision, and can be fetched, fed and listed flat", T, float,
                   double) {
  Graph g;
  const Var a = g.name(g.constant(Tensor<double>({3}, {0.1, -inf, 3})), "a"), x = g.input("x", {3});
  Program<T> p(g, {.fetch = {a, a + x}, .flat = {a, x, a}});
  const std::vector<T> ones{1, 1, 1}, want{T(0.1), T(-inf), 3, 1, 1, 1, T(0.1), T(-inf), 3};
  p.feed(x, ones);
  p.run();
  CHECK(p.view(a)[0] == T(0.1));
  CHECK(p.view(a + x)[2] == 4);
  CHECK(std::vector<T>(p.flat().begin(), p.flat().end()) == want);
  Program<T> fed(g, {.fetch = {a + x}, .feed = {a}});
  fed.feed(x, ones), fed.feed(a, ones), fed.run();
  CHECK(fed.view(a + x)[1] == 2);
  Program<T> none(g, {.fetch = {g.constant(Tensor<double>(Shape{0, 3}))}});
  CHECK_NOTHROW(none.run());
}

TEST_CASE("what depends on constants alone is computed while planning, whatever it is made of") {
  Graph g;
  const Var x = g.input("x", {3, 3}), mask = g.constant(causal_mask(3));
  const Var positions = g.constant(Tensor<double>({3, 1}, {0, 1, 2}));
  const Var decay = exp(-square(positions - transpose(positions))) + where(step(positions), 0.5 * positions, positions);
  const Var table = take_rows(decay * decay, g.constant(Tensor<double>({3}, {2, 1, 0})));
  const Var y = softmax(x + mask), z = y * table;
  CHECK(Program<double>(g, {.fetch = {table}}).plan().calls.empty());
  for (bool fuse : {true, false}) {
    Program<double> p(g, {.fetch = {z, table}, .fuse = fuse});
    CHECK(p.plan().calls.size() == 3);  // add, softmax, mul
    p.feed(x, Numbers(9, 1.0)), p.run(), p.run();
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 3; ++j) {
        const double from = double(2 - i), apart = from - double(j);
        const double d = std::exp(-apart * apart) + (from > 0 ? 0.5 : 1) * from;
        CHECK(p.view(table)[i * 3 + j] == doctest::Approx(d * d).epsilon(1e-14));
        CHECK(p.view(z)[i * 3 + j] == doctest::Approx(j > i ? 0 : d * d / double(i + 1)).epsilon(1e-14));
      }
  }
  Program<double> fed(g, {.fetch = {table}, .feed = {positions}});  // given, so no constant
  CHECK(fed.plan().calls.size() > 5);
}

TEST_CASE("arrays have derivatives like any value, and the rest of a derivative of constants is free") {
  Graph g;
  const Var x = g.input("x", {2}), a = g.constant(Tensor<double>({2}, {3, 5}));
  const Var slope = grad(sum(a * square(x)), {x})[0], by_a = grad(sum(a * square(x)), {a})[0];
  Program<double> p(g, {.fetch = {slope, by_a, grad(sum(exp(a)), {a})[0]}});
  p.feed(x, Numbers{1, 2}), p.run();
  CHECK(p.copy(slope).data == Numbers{6, 20});
  CHECK(p.copy(by_a).data == Numbers{1, 4});
}

TEST_CASE("arrays print with their first numbers") {
  Graph g;
  const Var a = g.constant(Tensor<double>({2}, {0.5, -inf})), b = g.name(g.constant(Tensor<double>(Shape{2, 3})), "b");
  tanh(a);
  const std::string text = to_text(g);
  CHECK(
      text.starts_with("%0 = constant(0.500000, -inf) [2]\n"
                       "b = constant(0.000000, 0.000000, 0.000000, 0.000000, ...) [2,3]\n"
                       "%2 = tanh(%0) [2]\n"));
  CHECK(g.describe(b.id) == "'b' = constant [2,3]");
  CHECK(to_dot(g).find("[label=\"b\\nconstant [2,3]\"];") != std::string::npos);
}
