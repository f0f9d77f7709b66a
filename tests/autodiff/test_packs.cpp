// Programs of packs where the samples of the ops are too small to tell: products of all sizes, long and short sums, and
// what is said of a bad number.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/error.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

// Random numbers into an input of a program of packs, and those of each lane.
template <class T>
std::vector<std::vector<T>> fill_lanes(Program<Pack<T>>& p, Var v, std::mt19937_64& random) {
  std::vector<std::vector<T>> lanes(Pack<T>::lanes);
  const std::span<T> to = scalars(p.input(v));
  for (std::size_t i = 0; i < to.size(); ++i)
    lanes[i % Pack<T>::lanes].push_back(to[i] = T(double(random() >> 11) * 0x1p-52 - 1));
  return lanes;
}

template <class T>
std::vector<T> lane_of(std::span<const Pack<T>> packs, int lane) {
  std::vector<T> numbers;
  for (const Pack<T>& pack : packs) numbers.push_back(pack.lane[lane]);
  return numbers;
}

// C = A B by the definition, in double.
template <class T>
std::vector<double> product(const std::vector<T>& a, const std::vector<T>& b, std::int64_t m, std::int64_t n,
                            std::int64_t k, bool ta, bool tb) {
  std::vector<double> c;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      c.push_back(0);
      for (std::int64_t p = 0; p < k; ++p)
        c.back() += double(a[ta ? p * m + i : i * k + p]) * double(b[tb ? j * k + p : p * n + j]);
    }
  return c;
}

template <class T>
void check_products(std::int64_t m, std::int64_t n, std::int64_t k) {
  std::mt19937_64 random(std::uint64_t(m * 10000 + n * 100 + k));
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      Graph g;
      const Var a = g.input("a", ta ? Shape{k, m} : Shape{m, k}), b = g.input("b", tb ? Shape{n, k} : Shape{k, n});
      const Var c = matmul(a, b, ta, tb);
      Program<Pack<T>> p(g, {.fetch = {c}});
      const auto as = fill_lanes(p, a, random), bs = fill_lanes(p, b, random);
      p.run();
      for (int l = 0; l < Pack<T>::lanes; ++l) {
        const std::vector<T> got = lane_of(p.view(c), l);
        const double worst = largest_difference(std::vector<double>(got.begin(), got.end()),
                                                product(as[l], bs[l], m, n, k, ta, tb), beside_one);
        CHECK(worst < (sizeof(T) == 4 ? 1e-5 : 1e-14));
      }
    }
}

}  // namespace

TEST_CASE("products of packs of all sizes") {
  for (const std::int64_t m : {1, 2, 3, 7, 9, 17})
    for (const std::int64_t n : {1, 2, 3, 5, 11})
      for (const std::int64_t k : {1, 2, 13}) {
        CAPTURE(m);
        CAPTURE(n);
        check_products<float>(m, n, k);
        check_products<double>(m, n, k);
      }
}

TEST_CASE("a lane's sums have the bits of a sum alone") {
  std::mt19937_64 random(3);
  for (const std::int64_t n : {1, 5, 15, 16, 17, 100, 5000}) {
    Graph g;
    const Var x = g.input("x", {3, n}), t = g.input("t", {3, n});
    const std::vector<Var> sums{sum(x, {-1}), sum(x)}, squares{mse(x, t), mean(mse(x, t))};
    std::vector<Var> fetch = sums;
    fetch.insert(fetch.end(), squares.begin(), squares.end());
    Program<Pack<float>> p(g, {.fetch = fetch});
    const auto xs = fill_lanes(p, x, random), ts = fill_lanes(p, t, random);
    p.run();
    Program<float> one(g, {.fetch = fetch});
    for (int l = 0; l < Pack<float>::lanes; ++l) {
      one.feed(x, xs[l]), one.feed(t, ts[l]);
      one.run();
      for (const Var v : sums)
        CHECK(lane_of(p.view(v), l) == std::vector<float>(one.view(v).begin(), one.view(v).end()));
      for (const Var v : squares)  // multiply and add may be fused in one of them
        CHECK(largest_difference(lane_of(p.view(v), l), one.view(v)) < 1e-6);
    }
  }
}

TEST_CASE_TEMPLATE("rows with infinite, equal and far entries are in lanes what they are alone", T, float, double) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<std::vector<T>> rows{
      {1, 2, 3, 4},          {-inf, 0, 1, -inf}, {inf, 0, 1, inf}, {-inf, -inf, -inf, -inf},
      {0, -900, -900, -900}, {5, 5, 5, 5},       {0, -40, -41, 2}, {-80, 80, 79, 0}};
  Graph g;
  const Var x = g.input("x", {2, 4}), t = g.input("t", {2});
  const Var losses = cross_entropy(x, t);
  const std::vector<Var> fetch{softmax(x), log_softmax(x), log_sum_exp(x), losses, grad(sum(losses), {x})[0]};
  Program<Pack<T>> p(g, {.fetch = fetch});
  Program<T> one(g, {.fetch = fetch});
  const auto row = [&](int l, int r) { return rows[std::size_t(l + 3 * r) % rows.size()]; };
  for (int l = 0; l < Pack<T>::lanes; ++l)
    for (int r = 0; r < 2; ++r) {
      for (int i = 0; i < 4; ++i) p.input(x)[std::size_t(4 * r + i)].lane[l] = row(l, r)[std::size_t(i)];
      p.input(t)[std::size_t(r)].lane[l] = T((l + r) % 4);
    }
  p.run();
  for (int l = 0; l < Pack<T>::lanes; ++l) {
    for (int r = 0; r < 2; ++r) {
      std::ranges::copy(row(l, r), one.input(x).begin() + 4 * r);
      one.input(t)[std::size_t(r)] = T((l + r) % 4);
    }
    one.run();
    for (const Var v : fetch) {
      const std::vector<T> got = lane_of(p.view(v), l);
      for (std::size_t i = 0; i < got.size(); ++i) {
        const T want = one.view(v)[i];
        CHECK((got[i] == want || std::abs(got[i] - want) <= 4 * std::numeric_limits<T>::epsilon() * std::abs(want)));
      }
    }
  }
  p.input(t)[1].lane[3] = 4;
  CHECK_THROWS_AS(p.run(), DataError);
}

TEST_CASE("a number that is not finite is named with its lane") {
  Graph g;
  const Var y = g.name(log(g.input("x", {3})), "y");
  Program<Pack<double>> p(g, {.fetch = {y}});
  std::ranges::fill(p.input("x"), 1.0);
  p.run();
  CHECK_NOTHROW(p.require_finite());
  p.input("x")[1].lane[5] = -1;
  p.run();
  try {
    p.require_finite();
    FAIL("NaN passed");
  } catch (const NumericalError& e) {
    CHECK(std::string(e.what()).find("'y' = log [3] (element 1 of lane 5 is nan)") != std::string::npos);
  }
}
