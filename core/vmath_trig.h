// sin and cos, of radians and of turns, in the manner of core/vmath.h: no branches, tables or library calls, within 4
// ulp, NaN for NaN and +-inf. They hold for |x| <= trig_end (radians) and |x| <= turns_end<T> only: a reduction for
// longer arguments would cost all callers, and a call of libm for them would end the vector code of the loop. Beyond,
// use libm.
#pragma once
#include "core/vmath.h"

namespace basin::vmath {

template <class T>
struct SinCos {
  T sin, cos;
};

namespace detail {
template <class T>
struct TrigConstants;

template <>
struct TrigConstants<float> {
  static constexpr float half_pi[] = {0x1.92p0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234p-39f};  // the sum is pi / 2
  static constexpr float sin[] = {-0.166666552f, 0.0083321603f, -0.000195152636f};
  static constexpr float cos[] = {0.0416666456f, -0.00138873165f, 2.44331895e-5f};
};

template <>
struct TrigConstants<double> {
  static constexpr double half_pi[] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
  static constexpr double sin[] = {-0.1666666666666663,   0.0083333333333221148,  -0.00019841269829586267,
                                   2.7557313620303363e-6, -2.5050747594597031e-8, 1.589622022397529e-10};
  static constexpr double cos[] = {0.041666666666666595,   -0.0013888888888873054, 2.4801587288849224e-5,
                                   -2.7557314178473181e-7, 2.0875700717677596e-9,  -1.135852954087479e-11};
};

// For |r| <= pi / 4.
template <class T>
[[gnu::always_inline]] inline T sin_reduced(T r) {
  return mul_add(r * (r * r), poly(r * r, TrigConstants<T>::sin), r);
}
template <class T>
[[gnu::always_inline]] inline T cos_reduced(T r) {
  const T z = r * r;
  return mul_add(z * z, poly(z, TrigConstants<T>::cos), mul_add(z, T(-0.5), T(1)));
}

// Of the angle r + n pi / 2.
template <class T>
[[gnu::always_inline]] inline SinCos<T> sincos_quadrant(T r, typename Constants<T>::Bits n) {
  using Bits = typename Constants<T>::Bits;
  constexpr int to_sign = 8 * sizeof(T) - 2;
  const Bits s = std::bit_cast<Bits>(std::copysign(sin_reduced(r), r));  // -0 would have lost its sign
  const Bits c = std::bit_cast<Bits>(cos_reduced(r));
  const Bits swap = (s ^ c) & (Bits(0) - (n & 1));
  return {std::bit_cast<T>(s ^ swap ^ ((n & 2) << to_sign)), std::bit_cast<T>(c ^ swap ^ (((n + 1) & 2) << to_sign))};
}

// x is made t = factor * x = n + rest with the integer n nearest to t; adding 1.5 * 2^mantissa_bits rounds.
template <class T>
struct Nearest {
  T n;
  typename Constants<T>::Bits bits;  // the lowest ones are those of n
};
template <class T>
[[gnu::always_inline]] inline Nearest<T> nearest(T x, T factor) {
  using C = Constants<T>;
  constexpr T shifter = T(1.5) * pow2<T, C::mantissa_bits>;
  const T shifted = mul_add(x, factor, shifter);
  return {shifted - shifter, std::bit_cast<typename C::Bits>(shifted)};
}
}  // namespace detail

// Sine and cosine of x turns (2 pi x): the reduction is exact, and multiples of a quarter give 0 and +-1 exactly.
template <class T>
constexpr T turns_end = detail::pow2<T, detail::Constants<T>::mantissa_bits - 3>;
template <class T>
[[gnu::always_inline]] inline SinCos<T> sincos_turns(T x) {
  const auto [n, bits] = detail::nearest(x, T(4));
  return detail::sincos_quadrant((4 * x - n) * T(1.57079632679489661923L), bits);
}

// Of x radians. Multiples of pi / 2 are taken off in parts that n fills up exactly but for the last.
constexpr int trig_end = 8192;
template <class T>
[[gnu::always_inline]] inline SinCos<T> sincos(T x) {
  const auto [n, bits] = detail::nearest(x, T(0.63661977236758134308L));
  T r = x;
  for (const T part : detail::TrigConstants<T>::half_pi) r = detail::mul_add(-n, part, r);
  return detail::sincos_quadrant(r, bits);
}
template <class T>
[[gnu::always_inline]] inline T sin(T x) {
  return sincos(x).sin;
}
template <class T>
[[gnu::always_inline]] inline T cos(T x) {
  return sincos(x).cos;
}

}  // namespace basin::vmath
