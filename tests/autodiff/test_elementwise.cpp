// Elementwise ops of one input over their whole range: values and slopes in T against formulas in higher precision that
// do not cancel, up to ±inf. Subnormal numbers count as zero inside a run.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <type_traits>

#include "autodiff/op.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

template <class T>
using Higher = std::conditional_t<std::is_same_v<T, float>, double, long double>;
template <class T>
using Limits = std::numeric_limits<T>;

// A slope is held against `rounding` times eps times the size of its terms: sizes of what is added in it, times how
// much a rounded argument moves them.
template <class H>
struct Function {
  const char* name;
  Var (*op)(Var);
  H (*value)(H);
  H (*slope)(H);
  H (*size)(H);  // of the slope's terms
  bool positive = false;
  H (*argument)(H) = [](H) { return H(1); };  // of an exp in the value: as much as it is rounded
};

template <class H>
H phi(H x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<H>);
}
template <class H>
H cdf(H x) {
  return std::erfc(-x / std::numbers::sqrt2_v<H>) / 2;
}
template <class H>
H logistic(H x) {
  return 1 / (1 + std::exp(-x));
}
template <class H>
H times(H x, H factor) {  // x * factor, where a factor 0 wins over an infinite x
  return factor == 0 ? 0 : x * factor;
}
template <class H>
H inner(H x) {  // gelu_tanh(x) = x logistic(inner(x))
  return 2 * std::sqrt(2 / std::numbers::pi_v<H>) * (x + H(0.044715L) * x * x * x);
}
template <class H>
H inner_slope_term(H x) {
  const H p = logistic(inner(x)), q = logistic(-inner(x));
  return times(x * 2 * std::sqrt(2 / std::numbers::pi_v<H>) * (1 + 3 * H(0.044715L) * x * x), p * q);
}

template <class H>
const std::vector<Function<H>>& functions() {
  constexpr auto one = [](H) { return H(1); };
  static const std::vector<Function<H>> list{
      {"neg", [](Var x) { return -x; }, [](H x) { return -x; }, [](H) { return H(-1); }, one},
      {"square", square, [](H x) { return x * x; }, [](H x) { return 2 * x; }, [](H x) { return std::abs(x); }},
      {"sqrt", sqrt, [](H x) { return std::sqrt(x); }, [](H x) { return H(0.5) / std::sqrt(std::abs(x)); },
       [](H x) { return 1 / std::sqrt(x); }, true},
      {"recip", recip, [](H x) { return 1 / x; }, [](H x) { return -1 / (x * x); }, [](H x) { return 1 / (x * x); }},
      {"exp", exp, [](H x) { return std::exp(x); }, [](H x) { return std::exp(x); }, [](H x) { return std::exp(x); }},
      {"log", log, [](H x) { return std::log(x); }, [](H x) { return 1 / x; }, [](H x) { return 1 / x; }, true},
      {"erf", erf, [](H x) { return std::erf(x); },
       [](H x) { return 2 * std::numbers::inv_sqrtpi_v<H> * std::exp(-x * x); },
       [](H x) { return times(1 + x * x, std::exp(-x * x)); }},
      // From the output, as elsewhere: good to the rounding of an output near 1, not to that of a slope near 0.
      {"tanh", tanh, [](H x) { return std::tanh(x); }, [](H x) { return 1 / (std::cosh(x) * std::cosh(x)); }, one},
      {"sigmoid", sigmoid, [](H x) { return logistic(x); }, [](H x) { return logistic(x) * logistic(-x); },
       [](H x) { return times(1 + times(std::abs(x), logistic(-x)), logistic(x)); }, false,
       [](H x) { return 1 + std::abs(x); }},
      {"relu", relu, [](H x) { return x > 0 ? x : 0; }, [](H x) { return H(x > 0); }, one},
      {"step", step, [](H x) { return H(x > 0); }, [](H) { return H(0); }, one},
      {"rsqrt", rsqrt, [](H x) { return 1 / std::sqrt(x); }, [](H x) { return H(-0.5) / (x * std::sqrt(x)); },
       [](H x) { return 1 / (x * std::sqrt(x)); }, true},
      {"abs", abs, [](H x) { return std::abs(x); }, [](H x) { return H((x > 0) - (x < 0)); }, one},
      {"sign", sign, [](H x) { return H((x > 0) - (x < 0)); }, [](H) { return H(0); }, one},
      {"silu", silu, [](H x) { return times(x, logistic(x)); },
       [](H x) { return logistic(x) + times(times(x, logistic(x)), logistic(-x)); },
       [](H x) { return times((1 + std::abs(x)) * (1 + std::abs(x)), logistic(x)); }, false,
       [](H x) { return 1 + std::abs(x); }},
      {"softplus", softplus, [](H x) { return x > 40 ? x : std::log1p(std::exp(x)); }, [](H x) { return logistic(x); },
       [](H x) { return times(1 + std::abs(x), logistic(x)); }, false, [](H x) { return 1 + std::abs(x); }},
      {"gelu", gelu, [](H x) { return times(x, cdf(x)); }, [](H x) { return cdf(x) + times(x, phi(x)); },
       [](H x) { return cdf(x) + times(std::abs(x) * (1 + x * x), phi(x)); }, false, [](H x) { return 1 + x * x; }},
      {"gelu_tanh", gelu_tanh, [](H x) { return times(x, logistic(inner(x))); },
       [](H x) { return logistic(inner(x)) + inner_slope_term(x); },
       [](H x) {
         const H terms = logistic(inner(x)) + std::abs(inner_slope_term(x));
         return times(1 + std::abs(inner(x)), terms);
       },
       false, [](H x) { return 1 + std::abs(inner(x)); }},
  };
  return list;
}

template <class T>
std::vector<T> points(bool positive) {
  std::vector<T> all{0,
                     Limits<T>::denorm_min(),
                     Limits<T>::min(),
                     2 * Limits<T>::min(),
                     T(1e-30),
                     T(1e-10),
                     T(1e-5),
                     T(1e-3),
                     T(88.8),
                     T(104),
                     T(709),
                     T(745),
                     T(1e4),
                     T(1e10),
                     T(1e19),
                     T(1e20),
                     T(1e30),
                     Limits<T>::max(),
                     Limits<T>::infinity()};
  for (int i = 1; i <= 4000; ++i) all.push_back(T(i) * T(0.0101));
  const std::size_t n = all.size();
  for (std::size_t i = 0; i < n && !positive; ++i) all.push_back(-all[i]);
  return all;
}

template <class T>
struct Results {
  std::vector<T> value, slope, second;
};

template <class T>
Results<T> run(Var (*op)(Var), const std::vector<T>& at) {
  Graph g;
  Var x = g.input("x", {std::int64_t(at.size())}), y = op(x), slope = grad(sum(y), {x})[0];
  Var second = grad(sum(slope), {x})[0];
  Program<T> p(g, {.fetch = {y, slope, second}});
  if (p.has(x)) p.feed(x, at);
  p.run();
  return {p.copy(y).data, p.copy(slope).data, p.copy(second).data};
}

// got is want to `rounding` eps of `size`. What is above the numbers of T is infinite; what is below the normal ones is
// 0, and so is 3000 times that at most, where such a factor stands beside polynomials of x.
template <class T, class H = Higher<T>>
bool agrees(T got, H want, H size, H rounding) {
  if (std::isnan(want) || std::isnan(got)) return false;
  if (std::abs(want) > H(Limits<T>::max())) return got == T(want) || std::abs(got) > Limits<T>::max() / 2;
  if (std::isinf(got)) return false;
  return std::abs(H(got) - want) <= rounding * H(Limits<T>::epsilon()) * size + 3000 * H(Limits<T>::min());
}

}  // namespace

TEST_CASE_TEMPLATE("every elementwise op has its value and slope over its whole range", T, float, double) {
  using H = Higher<T>;
  for (const Function<H>& f : functions<H>()) {
    CAPTURE(std::string(f.name));
    const std::vector<T> x = points<T>(f.positive);
    const Results<T> got = run(f.op, x);
    int wrong_values = 0, wrong_slopes = 0;
    T bad_value = 0, bad_slope = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const H at = std::abs(x[i]) < Limits<T>::min() ? std::copysign(H(0), H(x[i])) : H(x[i]);
      const H value = f.value(at), relative = times(f.argument(at), std::abs(value));
      if (!agrees<T>(got.value[i], value, relative, H(8))) ++wrong_values, bad_value = x[i];
      if (!agrees<T>(got.slope[i], f.slope(at), f.size(at), H(8))) ++wrong_slopes, bad_slope = x[i];
    }
    CHECK_MESSAGE(wrong_values == 0, "value, as at ", bad_value);
    CHECK_MESSAGE(wrong_slopes == 0, "slope, as at ", bad_slope);
  }
}

TEST_CASE_TEMPLATE("values and slopes at the ends of the range", T, float, double) {
  constexpr T inf = Limits<T>::infinity();
  const std::vector<T> ends{-inf, T(-1e20), T(-0.0), 0, T(1e20), inf};
  struct Case {
    Var (*op)(Var);
    std::vector<T> value, slope;
  };
  for (const auto& [op, value, slope] : {Case{gelu, {0, 0, 0, 0, T(1e20), inf}, {0, 0, 0.5, 0.5, 1, 1}},
                                         Case{gelu_tanh, {0, 0, 0, 0, T(1e20), inf}, {0, 0, 0.5, 0.5, 1, 1}},
                                         Case{silu, {0, 0, 0, 0, T(1e20), inf}, {0, 0, 0.5, 0.5, 1, 1}},
                                         Case{abs, {inf, T(1e20), 0, 0, T(1e20), inf}, {-1, -1, 0, 0, 1, 1}},
                                         Case{relu, {0, 0, 0, 0, T(1e20), inf}, {0, 0, 0, 0, 1, 1}},
                                         Case{tanh, {-1, -1, 0, 0, 1, 1}, {0, 0, 1, 1, 0, 0}},
                                         Case{sigmoid, {0, 0, 0.5, 0.5, 1, 1}, {0, 0, 0.25, 0.25, 0, 0}}}) {
    const Results<T> got = run(op, ends);
    CHECK(got.value == value);
    CHECK(got.slope == slope);
    for (std::size_t i : {0, 1, 4, 5}) CHECK(got.second[i] == 0);
  }
  const Results<T> of_erf = run<T>(erf, ends);
  CHECK(of_erf.value == std::vector<T>{-1, -1, 0, 0, 1, 1});
  for (std::size_t i : {0, 1, 4, 5}) CHECK((of_erf.slope[i] == 0 && of_erf.second[i] == 0));
  const Results<T> of_softplus = run<T>(softplus, ends);
  CHECK(of_softplus.slope == std::vector<T>{0, 0, 0.5, 0.5, 1, 1});
  for (std::size_t i : {0, 1, 4, 5})
    CHECK((of_softplus.value[i] == (i < 4 ? 0 : ends[i]) && of_softplus.second[i] == 0));
  const Results<T> of_rsqrt = run<T>(rsqrt, {T(-0.0), 0, inf});
  CHECK(of_rsqrt.value == std::vector<T>{inf, inf, 0});
  CHECK(of_rsqrt.slope == std::vector<T>{-inf, -inf, 0});
  const Results<T> of_sqrt = run<T>(sqrt, {T(-0.0), 0, inf});
  CHECK(of_sqrt.slope == std::vector<T>{inf, inf, 0});
}

TEST_CASE_TEMPLATE("sin and cos of finite numbers are those of C's library, each the slope of the other", T, float,
                   double) {
  const std::vector<T> x{T(-0.0), 0, 1, T(-2.5), 100, T(-1e4), T(1e10), T(1e30), Limits<T>::max()};
  const Results<T> of_sin = run<T>(sin, x), of_cos = run<T>(cos, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(std::abs(of_sin.value[i] - std::sin(x[i])) <= 2 * Limits<T>::epsilon());
    CHECK(std::abs(of_cos.value[i] - std::cos(x[i])) <= 2 * Limits<T>::epsilon());
    CHECK(of_sin.slope[i] == of_cos.value[i]);
    CHECK(of_cos.slope[i] == -of_sin.value[i]);
    CHECK(of_sin.second[i] == -of_sin.value[i]);
  }
  CHECK(std::isnan(run<T>(sin, {Limits<T>::infinity()}).value[0]));
  CHECK(std::isnan(run<T>(cos, {Limits<T>::infinity()}).value[0]));
}

TEST_CASE("the slope of gelu in float is right where Phi(x) is below the rounding of 1") {
  const std::vector<float> slope = run<float>(gelu, {-3, -6, -8, -10}).slope;
  const double wanted[] = {-1.19456472042e-2, -3.54687094539e-8, -3.97960726109e-14, -7.61840009646e-22};  // mpmath
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(slope[i] / wanted[i] - 1) < 2e-5);
}

TEST_CASE("clamp cuts at both ends, with slope 1 inside and 0 outside") {
  Graph g;
  Var x = g.input("x", {6}), y = clamp(x, -1, 2), slope = grad(sum(square(y)), {x})[0];
  Program<double> p(g, {.fetch = {y, slope}});
  constexpr double inf = Limits<double>::infinity();
  p.feed(x, std::vector<double>{-inf, -1.5, -0.5, 1.5, 2.5, inf});
  p.run();
  CHECK(p.copy(y).data == std::vector<double>{-1, -1, -0.5, 1.5, 2, 2});
  CHECK(p.copy(slope).data == std::vector<double>{0, 0, -1, 3, 0, 0});
  CHECK_THROWS_WITH_AS(clamp(x, 2, -1), "clamp: 'x' = input [6]: from 2.000000 to -1.000000 is no range", ShapeError);
}
