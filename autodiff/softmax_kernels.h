// Rows of exp that neither overflow nor vanish, for softmax, log-sum-exp and cross-entropy.
#pragma once
#include <cstdint>
#include <limits>

#include "core/vmath.h"

namespace basin {

// What is taken from a row before exp: its largest number, or 0 for a row of -inf alone.
template <class T>
T shift_of(const T* x, std::int64_t n) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  T top = -inf;
  for (std::int64_t i = 0; i < n; ++i) top = x[i] > top ? x[i] : top;
  return top == -inf ? 0 : top;
}

// exp(x - shift); 1 for the largest itself, so that a shift of +inf counts the entries that have it and no others.
template <class T>
[[gnu::always_inline]] inline T exp_shifted(T x, T shift) {
  const T y = vmath::exp(x - shift);
  return x == shift ? T(1) : y;
}

}  // namespace basin
