// exp, log, tanh, erf, the logistic sigmoid, the normal distribution and gelu for float and double, without
// branches, tables or library calls, so that a plain elementwise loop over any of them is turned into vector code (g++
// -O3 -fno-trapping-math; never needs -ffast-math). Every result is within 4 units in the last place of the true value
// over the whole range, subnormals included, with or without hardware FMA; tests/core/test_vmath.cpp measures it.
// Special values are those of C's libm: NaN gives NaN, log(0) = -inf, log(negative) = NaN, exp overflows to inf, tanh
// and erf keep the sign of zero. errno and the floating-point exception flags mean nothing here. Only sigmoid and what
// follows it give their subnormal results with less accuracy or as 0; normal_cdf and gelu are within 8 + x^2 / 2 ulp,
// gelu_tanh within 8 + 6 |u| while its factor sigmoid(2 u) is normal. The polynomials were fitted by
// scripts/fit_vmath.py.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace basin::vmath {
namespace detail {

template <class T>
struct Constants;

template <>
struct Constants<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr float ln2_high = 0x1.62e8p-1f, ln2_low = -0x1.e8082ep-16f;  // high * any exponent is exact
  static constexpr float exp_end = 104;                                        // beyond: rounds to 0 or inf
  static constexpr float tanh_end = 10, erf_end = 4;                           // beyond: rounds to 1
  static constexpr float expm1[] = {0.49999997f, 0.166665435f, 0.0416672006f, 0.00836652052f, 0.00138825574f};
  static constexpr float log[] = {0.666667759f, 0.399775684f, 0.298711121f};
  static constexpr float tail_end = 14.42f;  // beyond: rounds to 0; end^2 / 2 < exp_end
  static constexpr float tail[] = {0.755285144f,    -0.607896566f,   0.387136906f,   -0.186523408f,   0.0604038797f,
                                   -0.00752549339f, -0.00351293082f, 0.00157020916f, 0.000180151706f, -0.00013160154f};
  static constexpr float erf[] = {0.128379166f,   0.636619389f,     0.102777839f,    -0.0191530865f, -0.000160352676f,
                                  0.00166698208f, -0.000632810348f, 0.000117633273f, -9.25530185e-6f};
};

template <>
struct Constants<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr double ln2_high = 0x1.62e42fefa4p-1, ln2_low = -0x1.8432a1b0e2634p-43;
  static constexpr double exp_end = 746;
  static constexpr double tanh_end = 20, erf_end = 6;
  static constexpr double expm1[] = {
      0.50000000000000056,    0.16666666666666588,  0.041666666666576778,  0.0083333333333895955, 0.0013888888931558585,
      0.00019841269718888976, 2.480150528065897e-5, 2.7557407652071018e-6, 2.7626035299986715e-7, 2.505374119481922e-8};
  static constexpr double log[] = {0.6666666666666734,  0.39999999999416075, 0.28571428742085314, 0.2222219860322715,
                                   0.18183562818849597, 0.15314087706691296, 0.14795592024545864};
  static constexpr double tail_end = 38.62;
  static constexpr double tail[] = {
      0.75528513041575152,    -0.60789664197189208,    0.38713740074221936,    -0.18652185795966611,
      0.06039657489067126,    -0.0075401889664131212,  -0.0034796923617045235, 0.0016308184529492749,
      0.00013334424947026875, -0.00023109490094310245, -1.9078490766560786e-6, 3.5144555500082627e-5,
      7.1499144492042001e-7,  -5.9199654400286603e-6,  -6.2525609404060469e-7, 1.0217630514284956e-6,
      2.6417517507333415e-7,  -1.5647306565776012e-7,  -7.7202193011745439e-8, 1.5984875792545558e-8,
      1.4594776011245773e-8,  -3.1340363684094498e-10, -1.1848873188414228e-9};
  static constexpr double erf[] = {
      0.12837916709551256,     0.63661977236759093,     0.10277260330131527,     -0.019128446993091144,
      -0.00020919485396101229, 0.001696207670109769,    -0.00059013243116412724, 2.590450265531709e-5,
      6.4420466072289984e-5,   -2.9575658287098979e-5,  3.1696597581260709e-6,   3.1329755867565686e-6,
      -2.0372012785648654e-6,  5.7064258469800797e-7,   -1.1714624655936567e-8,  -6.5730329773437215e-8,
      3.4583580626475016e-8,   -1.0772957778557491e-8,  2.3604208506642842e-9,   -3.7605414978745128e-10,
      4.3015614462767291e-11,  -3.3641463425335171e-12, 1.614757995277235e-13,   -3.5919057081161714e-15};
};

// a * b + c, rounded once where the hardware can: elsewhere std::fma would be a slow call.
template <class T>
[[gnu::always_inline]] inline T mul_add(T a, T b, T c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

// c[K] + c[K + Step] x + c[K + 2 Step] x^2 + ... as far as c goes.
template <int K = 0, int Step = 1, class T, int N>
[[gnu::always_inline]] inline T poly(T x, const T (&c)[N]) {
  if constexpr (K + Step >= N)
    return c[K];
  else
    return mul_add(x, poly<K + Step, Step>(x, c), c[K]);
}

// The whole polynomial, as two chains half as long that run side by side.
template <class T, int N>
[[gnu::always_inline]] inline T split_poly(T x, const T (&c)[N]) {
  return mul_add(x, poly<1, 2>(x * x, c), poly<0, 2>(x * x, c));
}

// 2^E as a T, for exponents of normal numbers.
template <class T, int E>
constexpr T pow2 = std::bit_cast<T>(typename Constants<T>::Bits(E + Constants<T>::bias) << Constants<T>::mantissa_bits);

// x = n ln 2 + r with |r| <= ln 2 / 2: gives expm1(r), and bits whose lowest ones are the integer n + Offset, ready to
// be shifted into the exponent field. Adding 1.5 * 2^mantissa_bits is what rounds to the integer.
template <class T>
struct Reduced {
  T expm1_r;
  typename Constants<T>::Bits n_plus_offset;
};
template <class T, int Offset>
[[gnu::always_inline]] inline Reduced<T> reduce(T x) {
  using C = Constants<T>;
  constexpr T shifter = T(1.5) * pow2<T, C::mantissa_bits> + T(Offset);
  constexpr T log2_e = T(1.44269504088896340736L);
  const T shifted = mul_add(x, log2_e, shifter);
  const T n = shifted - shifter;
  const T r = mul_add(-n, C::ln2_low, mul_add(-n, C::ln2_high, x));
  return {mul_add(r * r, split_poly(r, C::expm1), r), std::bit_cast<typename C::Bits>(shifted)};
}

// e^x - 1 where e^x is a normal number and neither huge nor tiny: |x| <= 40.
template <class T>
[[gnu::always_inline]] inline T expm1_moderate(T x) {
  using C = Constants<T>;
  const auto [p, exponent] = reduce<T, C::bias>(x);
  const T scale = std::bit_cast<T>(exponent << C::mantissa_bits);
  return mul_add(scale, p, scale - 1);
}

// e^x for |x| <= exp_end. The factor 2^n is applied in two halves, so that neither overflows and a subnormal result is
// rounded once.
template <class T>
[[gnu::always_inline]] inline T exp_bounded(T x) {
  using C = Constants<T>;
  const auto [p, exponent] = reduce<T, 2 * C::bias>(x);
  const auto half = exponent >> 1;
  const T first = std::bit_cast<T>(half << C::mantissa_bits);
  const T second = std::bit_cast<T>((exponent - half) << C::mantissa_bits);
  return (1 + p) * first * second;
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] inline T exp(T x) {
  constexpr T end = detail::Constants<T>::exp_end;
  return detail::exp_bounded(std::abs(x) > end ? std::copysign(end, x) : x);
}

// x = 2^e m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f):
// log m = 2 atanh s = 2 s + s^3 P(s^2) = f - f^2/2 + s (f^2/2 + s^2 P(s^2)), where f itself is exact.
template <class T>
[[gnu::always_inline]] inline T log(T x) {
  using C = detail::Constants<T>;
  using Bits = typename C::Bits;
  constexpr T inf = std::numeric_limits<T>::infinity();
  constexpr Bits one = std::bit_cast<Bits>(T(1)), sqrt_half = std::bit_cast<Bits>(T(0.70710678118654752440L));
  constexpr Bits mantissa = (Bits(1) << C::mantissa_bits) - 1;
  constexpr T integer = detail::pow2<T, C::mantissa_bits>;  // its low bits count ones

  const bool subnormal = x < std::numeric_limits<T>::min();
  const T normal = subnormal ? x * integer : x;
  const Bits bits = std::bit_cast<Bits>(normal) + (one - sqrt_half);
  const T biased = std::bit_cast<T>(std::bit_cast<Bits>(integer) | (bits >> C::mantissa_bits));
  const T e = biased - (subnormal ? integer + T(C::bias + C::mantissa_bits) : integer + T(C::bias));
  const T f = std::bit_cast<T>((bits & mantissa) + sqrt_half) - 1;

  const T s = f / (2 + f), z = s * s, half_square = T(0.5) * f * f;
  const T correction = detail::mul_add(e, C::ln2_low, s * detail::mul_add(z, detail::poly(z, C::log), half_square));
  T y = detail::mul_add(e, C::ln2_high, f - (half_square - correction));
  y = x < inf ? y : x;
  y = x == 0 ? -inf : y;
  return x < 0 ? std::numeric_limits<T>::quiet_NaN() : y;
}

// tanh |x| = -w / (2 + w), w = e^(-2|x|) - 1. With +2|x| results near 1 would rise and fall with the rounding of 2 + w.
template <class T>
[[gnu::always_inline]] inline T tanh(T x) {
  constexpr T end = detail::Constants<T>::tanh_end;
  const T a = std::abs(x);
  const T w = detail::expm1_moderate(-2 * (a > end ? end : a));
  return std::copysign(w / (2 + w), x);
}

// erf |x| = 1 - e^-L with L = -log(erfc |x|) = |x| + |x| P(|x|): one smooth formula for the whole range.
template <class T>
[[gnu::always_inline]] inline T erf(T x) {
  using C = detail::Constants<T>;
  T a = std::abs(x);
  a = a > C::erf_end ? C::erf_end : a;
  const T minus_l = -detail::mul_add(a, detail::split_poly(a, C::erf), a);
  return std::copysign(detail::expm1_moderate(minus_l), x);
}

// 1 / (1 + e^-x)
template <class T>
[[gnu::always_inline]] inline T sigmoid(T x) {
  return 1 / (1 + exp(-x));
}

namespace detail {
// P(Z > a) = erfc(a / sqrt 2) / 2 for a normal Z and 0 <= a <= tail_end, without cancellation far out: what remains of
// it beside e^(-a^2 / 2) is P(s) / (a + 4), s = (a - 4) / (a + 4). The rounding of a^2 costs a^2 / 2 ulp.
template <class T>
[[gnu::always_inline]] inline T normal_tail(T a) {
  const T inverse = 1 / (a + 4);
  return exp_bounded(T(-0.5) * a * a) * (split_poly((a - 4) * inverse, Constants<T>::tail) * inverse);
}
}  // namespace detail

// P(Z <= x)
template <class T>
[[gnu::always_inline]] inline T normal_cdf(T x) {
  constexpr T end = detail::Constants<T>::tail_end;
  const T a = std::abs(x), tail = detail::normal_tail(a > end ? end : a);
  return x < 0 ? tail : 1 - tail;
}

// x P(Z <= x), as relu(x) - |x| P(Z > |x|): -inf gives 0.
template <class T>
[[gnu::always_inline]] inline T gelu(T x) {
  constexpr T end = detail::Constants<T>::tail_end;
  T a = std::abs(x);
  a = a > end ? end : a;
  return (x < 0 ? 0 : x) - a * detail::normal_tail(a);
}

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3), which is gelu with tanh u for erf: -inf gives 0.
template <class T>
[[gnu::always_inline]] inline T gelu_tanh(T x) {
  const T p = sigmoid(T(1.5957691216057307117L) * x * (1 + T(0.044715L) * x * x));
  return p == 0 ? p : x * p;
}

}  // namespace basin::vmath
