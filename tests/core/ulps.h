// How far a result is from the true one, in units in the last place (ulp).
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
template <class T>
using Limits = std::numeric_limits<T>;

// Higher is long double for double and double for float: more than ten bits better, and fast for float.
template <class T>
using Higher = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// |y - exact| in units of the spacing of T at the exact value. Infinity is taken as the number after the largest.
template <class T>
double ulps(T y, Higher<T> exact) {
  using H = Higher<T>;
  const H beyond = std::ldexp(H(1), Limits<T>::max_exponent);
  if (std::isnan(y) || std::isnan(exact)) return std::isnan(y) && std::isnan(exact) ? 0 : HUGE_VAL;
  exact = std::clamp(exact, -beyond, beyond);
  const H got = std::clamp(H(y), -beyond, beyond);
  const int exponent = exact == 0 ? Limits<T>::min_exponent : std::ilogb(exact) + 1;
  const int spacing = std::max(exponent, Limits<T>::min_exponent) - Limits<T>::digits;
  return double(std::abs(std::ldexp(got - exact, -spacing)));
}

// The numbers around x, 2 * reach + 1 of them.
template <class T>
void add_neighbours(std::vector<T>& to, T x, int reach) {
  for (int i = -reach; i <= reach; ++i) to.push_back(std::bit_cast<T>(Bits<T>(std::bit_cast<Bits<T>>(x) + Bits<T>(i))));
}
