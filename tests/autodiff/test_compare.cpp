// Ops that choose by size: ties, NaN and infinities, in values and derivatives.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

template <class T>
using Row = std::vector<T>;

// y of inputs `x`, and the gradients of sum(weights * y) to them; weights are 1, 2, 3, …
template <class T>
std::vector<Row<T>> run(const std::vector<Tensor<T>>& x, Var (*make)(const std::vector<Var>&)) {
  Graph g;
  std::vector<Var> in;
  for (const auto& t : x) in.push_back(g.anonymous_input(t.shape));
  const Var y = make(in), weights = g.anonymous_input(y.shape());
  std::vector<Var> fetch = grad(sum(weights * y), in);
  fetch.insert(fetch.begin(), y);
  Program<T> p(g, {.fetch = fetch});
  for (std::size_t i = 0; i < in.size(); ++i)
    if (p.has(in[i])) p.feed(in[i], x[i].data);
  if (p.has(weights))
    for (T n = 0; T & w : p.input(weights)) w = ++n;
  p.run();
  std::vector<Row<T>> all;
  for (Var v : fetch) all.push_back(p.copy(v).data);
  return all;
}

template <class T>
constexpr T infinite = std::numeric_limits<T>::infinity();
template <class T>
constexpr T none = std::numeric_limits<T>::quiet_NaN();
template <class T>
bool all_nan(const Row<T>& row) {
  return std::all_of(row.begin(), row.end(), [](T v) { return std::isnan(v); });
}

}  // namespace

TEST_CASE_TEMPLATE("maximum and minimum give a tie's derivative to the first", T, float, double) {
  const Tensor<T> a{{7}, {1, 2, 3, -infinite<T>, infinite<T>, 0, infinite<T>}},
      b{{7}, {2, 2, 1, 5, infinite<T>, T(-0.0), T(1e20)}};
  const auto top = run<T>({a, b}, [](const auto& x) { return maximum(x[0], x[1]); });
  CHECK(top[0] == Row<T>{2, 2, 3, 5, infinite<T>, 0, infinite<T>});
  CHECK(top[1] == Row<T>{0, 2, 3, 0, 5, 6, 7});
  CHECK(top[2] == Row<T>{1, 0, 0, 4, 0, 0, 0});
  const auto low = run<T>({a, b}, [](const auto& x) { return minimum(x[0], x[1]); });
  CHECK(low[0] == Row<T>{1, 2, 1, -infinite<T>, infinite<T>, 0, T(1e20)});
  CHECK(low[1] == Row<T>{1, 2, 0, 4, 5, 6, 0});
  CHECK(low[2] == Row<T>{0, 0, 3, 0, 0, 0, 7});
  const auto over = run<T>({a, b}, [](const auto& x) { return greater(x[0], x[1]); });
  CHECK(over[0] == Row<T>{0, 0, 1, 0, 0, 0, 1});
  CHECK(over[1] == Row<T>(7, 0));
}

TEST_CASE_TEMPLATE("NaN is not lost by maximum, minimum and max", T, float, double) {
  const Tensor<T> a{{2}, {none<T>, 1}}, b{{2}, {1, none<T>}}, rows{{2, 3}, {1, none<T>, 3, none<T>, 2, none<T>}};
  for (auto* make : {+[](const std::vector<Var>& x) { return maximum(x[0], x[1]); },
                     +[](const std::vector<Var>& x) { return minimum(x[0], x[1]); }})
    CHECK(all_nan(run<T>({a, b}, make)[0]));
  CHECK(run<T>({a, b}, [](const auto& x) { return greater(x[0], x[1]); })[0] == Row<T>{0, 0});
  CHECK(run<T>({rows}, [](const auto& x) { return argmax(x[0]); })[0] == Row<T>{1, 0});
  CHECK(all_nan(run<T>({rows}, [](const auto& x) { return max(x[0], {-1}); })[0]));
  CHECK(all_nan(run<T>({rows}, [](const auto& x) { return min(x[0], {-1}); })[0]));
}

TEST_CASE_TEMPLATE("max, min and argmax take the first of equal entries", T, float, double) {
  const Tensor<T> x{
      {3, 4},
      {1, 7, 7, 0, -infinite<T>, -infinite<T>, -infinite<T>, -infinite<T>, infinite<T>, T(1e20), infinite<T>, -5}};
  CHECK(run<T>({x}, [](const auto& v) { return argmax(v[0]); })[0] == Row<T>{1, 0, 0});
  const auto top = run<T>({x}, [](const auto& v) { return max(v[0], {-1}); });
  CHECK(top[0] == Row<T>{7, -infinite<T>, infinite<T>});
  CHECK(top[1] == Row<T>{0, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0});
  const auto low = run<T>({x}, [](const auto& v) { return min(v[0], {-1}); });
  CHECK(low[0] == Row<T>{0, -infinite<T>, -5});
  CHECK(low[1] == Row<T>{0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3});
  const auto across = run<T>({x}, [](const auto& v) { return max(v[0], {-2}, true); });
  CHECK(across[0] == Row<T>{infinite<T>, T(1e20), infinite<T>, 0});
  CHECK(across[1] == Row<T>{0, 0, 0, 4, 0, 0, 0, 0, 1, 2, 3, 0});
}

TEST_CASE("max keeps its axis where asked, along any axis") {
  Graph g;
  Var x = g.input("x", {2, 3, 4});
  CHECK(max(x, {-1}).shape() == Shape{2, 3});
  CHECK(max(x, {-2}).shape() == Shape{2, 4});
  CHECK(max(x, {-3}).shape() == Shape{3, 4});
  CHECK(max(x, {-3}, true).shape() == Shape{1, 3, 4});
  CHECK(min(x, {-2}, true).shape() == Shape{2, 1, 4});
  Program<double> p(g, {.fetch = {max(x, {-3}), min(x, {-2})}});
  for (int i = 0; double& v : p.input(x)) v = (i * 7) % 24, ++i;
  p.run();
  const std::span<const double> in = p.view(x), over = p.view(max(x, {-3})), under = p.view(min(x, {-2}));
  for (int i = 0; i < 12; ++i) CHECK(over[i] == std::max(in[i], in[12 + i]));
  for (int i = 0; i < 8; ++i) {
    const double* column = in.data() + i / 4 * 12 + i % 4;
    CHECK(under[i] == std::min({column[0], column[4], column[8]}));
  }
}

TEST_CASE_TEMPLATE("running sums keep their digits in long rows", T, float, double) {
  constexpr std::int64_t n = 100000;
  Graph g;
  Var x = g.input("x", {n}), y = cumsum(x, -1), slope = grad(sum(y), {x})[0];
  Program<T> p(g, {.fetch = {y, slope}});
  for (T& v : p.input(x)) v = T(0.1);
  p.run();
  CHECK(p.view(y)[n - 1] == doctest::Approx(double(n) * double(T(0.1))).epsilon(1e-7));
  CHECK(p.view(slope)[0] == T(n));
  CHECK(p.view(slope)[n - 1] == 1);
}

TEST_CASE("cumsum sums along its axis alone") {
  const Tensor<double> x{{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  CHECK(run<double>({x}, [](const auto& v) { return cumsum(v[0], -1); })[0] ==
        Row<double>{1, 3, 6, 4, 9, 15, 7, 15, 24, 10, 21, 33});
  CHECK(run<double>({x}, [](const auto& v) { return cumsum(v[0], -2); })[0] ==
        Row<double>{1, 2, 3, 5, 7, 9, 7, 8, 9, 17, 19, 21});
  const auto deep = run<double>({x}, [](const auto& v) { return cumsum(v[0], -3); });
  CHECK(deep[0] == Row<double>{1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18});
  CHECK(deep[1] == Row<double>{8, 10, 12, 14, 16, 18, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("stop_gradient is its value, and a constant to derivatives of any order") {
  Graph g;
  Var x = g.input("x", {3}), y = square(x), still = stop_gradient(y), f = sum(still * x);
  Var slope = grad(f, {x})[0], second = grad(sum(slope), {x})[0];
  Program<double> p(g, {.fetch = {still, slope, second}});
  CHECK(p.plan().calls.size() == 1);  // the square; the rest is views
  p.feed(x, Row<double>{1, 2, -3});
  p.run();
  CHECK(p.copy(still).data == Row<double>{1, 4, 9});
  CHECK(p.copy(slope).data == Row<double>{1, 4, 9});
  CHECK(p.copy(second).data == Row<double>{0, 0, 0});
  CHECK(p.view(still).data() == p.view(y).data());
}

TEST_CASE("pick and place: indices are shared by the axes in front of theirs") {
  const Tensor<double> x{{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, index{{2}, {2, 0}}, one{{}, {1}};
  Graph g;
  Var v = g.input("v", x.shape), i = g.input("i", {2}), s = g.input("s", {});
  Var picked = pick(v, i), placed = place(picked, i, 3), same = pick(v, s),
      row = pick(reshape(slice(v, -3, 0, 1), {2, 3}), i);
  Program<double> p(g, {.fetch = {picked, placed, same, row}});
  p.feed(v, x.data), p.feed(i, index.data), p.feed(s, one.data);
  p.run();
  CHECK(p.copy(picked).data == Row<double>{3, 4, 9, 10});
  CHECK(p.copy(placed).data == Row<double>{0, 0, 3, 4, 0, 0, 0, 0, 9, 10, 0, 0});
  CHECK(p.copy(same).data == Row<double>{2, 5, 8, 11});
  CHECK(p.copy(row).data == Row<double>{3, 4});
}
