// The vector functions against libm in higher precision: errors in units in the last place (ulp), special values,
// behaviour near saturation.
#include "core/vmath.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "tests/core/ulps.h"

namespace {

namespace vm = basin::vmath;

template <class T>
struct Function {
  std::string name;
  T (*ours)(T);
  Higher<T> (*exact)(Higher<T>);
  double smallest = 0;                   // result that is promised, in units of the smallest normal number
  double (*promised)(double) = nullptr;  // ulp; 4 if not given
};

template <class H>
H normal_cdf(H x) {
  return std::erfc(-x / std::numbers::sqrt2_v<H>) / 2;
}
template <class H>
H two_u(H x) {  // gelu_tanh(x) = x sigmoid(2 u)
  return 2 * std::sqrt(2 / std::numbers::pi_v<H>) * (x + H(0.044715L) * x * x * x);
}

template <class T>
std::array<Function<T>, 8> functions() {
  using H = Higher<T>;
  constexpr auto tail = [](double x) { return x < 0 ? 8 + std::min(x * x, 4000.0) / 2 : 8; };
  constexpr auto tanh_tail = [](double x) { return 8 + 3 * std::min(std::abs(two_u(x)), 4000.0); };
  return {{{"exp", [](T x) { return vm::exp(x); }, [](H x) { return std::exp(x); }},
           {"log", [](T x) { return vm::log(x); }, [](H x) { return std::log(x); }},
           {"tanh", [](T x) { return vm::tanh(x); }, [](H x) { return std::tanh(x); }},
           {"erf", [](T x) { return vm::erf(x); }, [](H x) { return std::erf(x); }},
           {"sigmoid", [](T x) { return vm::sigmoid(x); }, [](H x) { return 1 / (1 + std::exp(-x)); }, 1},
           {"normal_cdf", [](T x) { return vm::normal_cdf(x); }, [](H x) { return normal_cdf(x); }, 1, tail},
           {"gelu", [](T x) { return vm::gelu(x); }, [](H x) { return normal_cdf(x) == 0 ? 0 : x * normal_cdf(x); }, 1,
            tail},
           {"gelu_tanh", [](T x) { return vm::gelu_tanh(x); },
            [](H x) { return two_u(x) < -11000 ? 0 : x / (1 + std::exp(-two_u(x))); }, 22, tanh_tail}}};
}

template <class T>
struct Worst {
  double error = 0;
  T at = 0;
  void see(const Function<T>& f, T x) {
    const Higher<T> exact = f.exact(x);
    if (std::abs(exact) < f.smallest * Higher<T>(Limits<T>::min())) return;
    const double e = ulps<T>(f.ours(x), exact) / (f.promised ? f.promised(double(x)) / 4 : 1);
    if (e > error) error = e, at = x;
  }
};

template <class T>
void check_accuracy(const std::vector<T>& points) {
  for (const Function<T>& f : functions<T>()) {
    Worst<T> worst;
    for (T x : points) worst.see(f, x);
    MESSAGE(f.name << std::string(sizeof(T) == 4 ? " float: " : " double: ") << worst.error << " ulp at " << worst.at);
    CHECK_MESSAGE(worst.error <= 4, f.name);
  }
}

// Where formulas change or results saturate, with both signs.
template <class T>
std::vector<T> structured_points() {
  std::vector<T> points;
  const T half_ln2 = T(0.34657359027997265471L), sqrt_half = T(0.70710678118654752440L);
  for (T sign : {T(1), T(-1)}) {
    for (int k = 1; k < 2300; ++k) add_neighbours(points, sign * T(k) * half_ln2 / 2, 3);
    for (int k = Limits<T>::min_exponent - Limits<T>::digits; k < Limits<T>::max_exponent; ++k)
      for (T m : {T(1), sqrt_half, T(1.2), T(1.9)}) add_neighbours(points, sign * std::ldexp(m, k), 5);
    for (double x : {87.3365, 88.7228, 103.9720, 708.3964, 709.7827, 745.1332, 3.9192, 5.8636, 9.0109, 19.0615})
      for (int i = -500; i <= 500; ++i) add_neighbours(points, T(sign * x * (1 + i * 1e-7)), 1);
    for (T x : {T(0), T(1), Limits<T>::infinity(), Limits<T>::max(), Limits<T>::min(), Limits<T>::quiet_NaN()})
      add_neighbours(points, sign * x, 40);
  }
  return points;
}

}  // namespace

TEST_CASE("float functions are within 4 ulp over every exponent and sign") {
  std::vector<float> points = structured_points<float>();
  constexpr std::uint32_t stride = 2003;  // a prime: all mantissas and exponents get their share
  for (std::uint64_t bits = 0; bits < (std::uint64_t(1) << 32); bits += stride)
    points.push_back(std::bit_cast<float>(std::uint32_t(bits)));
  check_accuracy(points);
}

TEST_CASE("double functions are within 4 ulp over every exponent and sign") {
  std::vector<double> points = structured_points<double>();
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    points.push_back(std::bit_cast<double>(random()));
    for (double range : {1.0, 8.0, 45.0, 750.0})
      points.push_back(std::uniform_real_distribution<double>(-range, range)(random));
  }
  check_accuracy(points);
}

TEST_CASE_TEMPLATE("special values are those of the C library", T, float, double) {
  const T inf = Limits<T>::infinity(), nan = Limits<T>::quiet_NaN();
  CHECK(std::isnan(vm::exp(nan)));
  CHECK(vm::exp(inf) == inf);
  CHECK(vm::exp(-inf) == 0);
  CHECK(vm::exp(T(0)) == 1);
  CHECK(vm::exp(T(-0.0)) == 1);
  CHECK(std::isnan(vm::log(nan)));
  CHECK(std::isnan(vm::log(T(-1))));
  CHECK(std::isnan(vm::log(-inf)));
  CHECK(std::isnan(vm::log(-Limits<T>::denorm_min())));
  CHECK(vm::log(inf) == inf);
  CHECK(vm::log(T(0)) == -inf);
  CHECK(vm::log(T(-0.0)) == -inf);
  CHECK(vm::log(T(1)) == 0);
  CHECK(!std::signbit(vm::log(T(1))));
  for (T (*f)(T) : {functions<T>()[2].ours, functions<T>()[3].ours}) {  // tanh, erf
    CHECK(std::isnan(f(nan)));
    CHECK(f(inf) == 1);
    CHECK(f(-inf) == -1);
    CHECK(f(T(0)) == 0);
    CHECK(!std::signbit(f(T(0))));
    CHECK(f(T(-0.0)) == 0);
    CHECK(std::signbit(f(T(-0.0))));
  }
  CHECK(std::isnan(vm::sigmoid(nan)));
  CHECK(vm::sigmoid(inf) == 1);
  CHECK(vm::sigmoid(-inf) == 0);
  CHECK(vm::sigmoid(T(0)) == T(0.5));
}

TEST_CASE_TEMPLATE("normal_cdf and gelu end in 0, 1 and inf, never in NaN", T, float, double) {
  const T inf = Limits<T>::infinity(), nan = Limits<T>::quiet_NaN();
  CHECK(std::isnan(vm::normal_cdf(nan)));
  CHECK(vm::normal_cdf(inf) == 1);
  CHECK(vm::normal_cdf(-inf) == 0);
  CHECK(vm::normal_cdf(T(0)) == doctest::Approx(0.5));
  for (T (*f)(T) : {functions<T>()[6].ours, functions<T>()[7].ours}) {  // gelu, gelu_tanh
    CHECK(std::isnan(f(nan)));
    CHECK(f(inf) == inf);
    CHECK(f(-inf) == 0);
    CHECK(f(T(0)) == 0);
    CHECK(f(T(-0.0)) == 0);
  }
}

template <class T>
struct Stretch {
  const char* name;
  T (*f)(T);
  T from, to, end;  // f(to) and all after it is end; end < 0: not checked
};

TEST_CASE_TEMPLATE("results never fall on the way to the end of their range, and stay there", T, float, double) {
  const bool single = sizeof(T) == 4;
  const auto f = functions<T>();
  const T inf = Limits<T>::infinity();
  const Stretch<T> stretches[] = {{"exp", f[0].ours, T(single ? 88 : 709), T(single ? 89 : 710), inf},
                                  {"exp of negatives", f[0].ours, T(single ? -105 : -750), T(single ? -86 : -707), -1},
                                  {"tanh", f[2].ours, T(single ? 8 : 18), T(single ? 11 : 21), 1},
                                  {"erf", f[3].ours, T(single ? 3.5 : 5.5), T(single ? 4.2 : 6.2), 1},
                                  {"sigmoid", f[4].ours, T(single ? 14 : 34), T(single ? 18 : 40), 1}};
  for (const Stretch<T>& s : stretches) {
    CAPTURE(s.name);
    constexpr int steps = 1'000'000;
    int falls = 0;
    T last = s.f(s.from);
    for (int i = 1; i <= steps; ++i) {
      const T y = s.f(s.from + (s.to - s.from) * (T(i) / T(steps)));
      falls += y < last;
      last = y;
    }
    CHECK(falls == 0);
    if (s.end > 0) CHECK(last == s.end);
    if (s.end > 0) CHECK(s.f(Limits<T>::max()) == s.end);
  }
}

TEST_CASE_TEMPLATE("a number's result does not depend on its place in a loop", T, float, double) {
  const std::vector<T> x = structured_points<T>();
  const auto compare = [&](const Function<T>& f, auto inlined) {
    std::vector<T> y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = inlined(x[i]);
    int different = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T alone = f.ours(x[i]);
      const bool same = std::bit_cast<Bits<T>>(y[i]) == std::bit_cast<Bits<T>>(alone);
      different += !same && !(std::isnan(y[i]) && std::isnan(alone));
    }
    CHECK_MESSAGE(different == 0, f.name);
  };
  const auto f = functions<T>();
  compare(f[0], [](T v) { return vm::exp(v); });
  compare(f[1], [](T v) { return vm::log(v); });
  compare(f[2], [](T v) { return vm::tanh(v); });
  compare(f[3], [](T v) { return vm::erf(v); });
  compare(f[4], [](T v) { return vm::sigmoid(v); });
  compare(f[5], [](T v) { return vm::normal_cdf(v); });
  compare(f[6], [](T v) { return vm::gelu(v); });
  compare(f[7], [](T v) { return vm::gelu_tanh(v); });
}
