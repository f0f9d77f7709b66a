// Sines and cosines against libm in higher precision, over the ranges that are promised.
#include <doctest/doctest.h>

#include <numbers>
#include <random>
#include <string>

#include "core/vmath_trig.h"
#include "tests/core/ulps.h"

namespace {

namespace vm = basin::vmath;

// Numbers over all magnitudes up to `end`, and around every multiple of `period` that is looked at.
template <class T>
std::vector<T> points(T end, Higher<T> period) {
  std::vector<T> to{0, end, -end};
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const T part = T(2 * std::generate_canonical<double, 53>(random) - 1);
    to.push_back(end * part);
    to.push_back(std::ldexp(part, i % 12));
  }
  for (int k = -160; k < 4; ++k) to.push_back(std::ldexp(T(1.3), k));
  for (std::int64_t n = 1; T(n * period) < end && n < 6000; ++n)
    for (T sign : {T(1), T(-1)}) add_neighbours(to, sign * T(n * period), 2);
  return to;
}

template <class T>
void check(const std::string& what, T end, const std::vector<T>& xs, vm::SinCos<T> (*ours)(T),
           vm::SinCos<Higher<T>> (*exact)(Higher<T>)) {
  double sin_error = 0, cos_error = 0;
  for (T x : xs) {
    if (std::abs(x) > end) continue;
    const auto got = ours(x);
    const auto wanted = exact(Higher<T>(x));
    sin_error = std::max(sin_error, ulps<T>(got.sin, wanted.sin));
    cos_error = std::max(cos_error, ulps<T>(got.cos, wanted.cos));
  }
  MESSAGE(what << std::string(sizeof(T) == 4 ? " float: " : " double: ") << sin_error << " and " << cos_error
               << " ulp");
  CHECK(sin_error <= 4);
  CHECK(cos_error <= 4);
}

// Sine and cosine of 2 pi x, exact where they are 0, for any x that is a T.
template <class H>
vm::SinCos<H> exact_turns(H x) {
  const H quarters = std::nearbyint(4 * x), r = (4 * x - quarters) * std::numbers::pi_v<H> / 2;
  const H s = std::sin(r), c = std::cos(r), turned[] = {s, c, -s, -c};
  const int n = int(std::fmod(quarters, H(4))) + 4;
  return {turned[n % 4], turned[(n + 1) % 4]};
}

}  // namespace

TEST_CASE_TEMPLATE("sin and cos are within 4 ulp up to trig_end", T, float, double) {
  using H = Higher<T>;
  const T end = vm::trig_end;
  check<T>(
      "radians", end, points(end, std::numbers::pi_v<H> / 2), [](T x) { return vm::sincos(x); },
      [](H x) {
        return vm::SinCos<H>{std::sin(x), std::cos(x)};
      });
  for (T x : {T(0.1), T(-3), T(100)}) {
    CHECK(vm::sin(x) == vm::sincos(x).sin);
    CHECK(vm::cos(x) == vm::sincos(x).cos);
  }
}

TEST_CASE_TEMPLATE("sin and cos of turns are within 4 ulp up to turns_end", T, float, double) {
  using H = Higher<T>;
  for (T end : {T(2), vm::turns_end<T>})
    check<T>(
        "turns", end, points(end, H(0.25)), [](T x) { return vm::sincos_turns(x); }, exact_turns<H>);
}

TEST_CASE_TEMPLATE("quarters of a turn are exact", T, float, double) {
  for (int n = -9; n < 9; ++n) {
    const auto [sin, cos] = vm::sincos_turns(T(n) / 4);
    CHECK(sin == T(n % 2 == 0 ? 0 : (n & 3) == 1 ? 1 : -1));
    CHECK(cos == T(n % 2 != 0 ? 0 : (n & 3) == 0 ? 1 : -1));
  }
}

TEST_CASE_TEMPLATE("sines keep the sign of zero, and what has no sine gives NaN", T, float, double) {
  for (auto f : {+[](T x) { return vm::sincos(x); }, +[](T x) { return vm::sincos_turns(x); }}) {
    CHECK(!std::signbit(f(T(0)).sin));
    CHECK(std::signbit(f(T(-0.0)).sin));
    CHECK(f(T(0)).sin == 0);
    CHECK(f(T(-0.0)).cos == 1);
    for (T x : {Limits<T>::infinity(), -Limits<T>::infinity(), Limits<T>::quiet_NaN()}) {
      CHECK(std::isnan(f(x).sin));
      CHECK(std::isnan(f(x).cos));
    }
  }
}

TEST_CASE_TEMPLATE("a sine does not depend on its place in a loop", T, float, double) {
  const std::vector<T> x = points<T>(vm::trig_end, std::numbers::pi_v<Higher<T>> / 2);
  std::vector<T> s(x.size()), c(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) s[i] = vm::sin(x[i]);
  for (std::size_t i = 0; i < x.size(); ++i) c[i] = vm::sincos_turns(x[i]).cos;
  vm::SinCos<T> (*volatile alone)(T) = [](T v) { return vm::SinCos<T>{vm::sin(v), vm::sincos_turns(v).cos}; };
  int different = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    different += std::bit_cast<Bits<T>>(s[i]) != std::bit_cast<Bits<T>>(alone(x[i]).sin) ||
                 std::bit_cast<Bits<T>>(c[i]) != std::bit_cast<Bits<T>>(alone(x[i]).cos);
  CHECK(different == 0);
}
