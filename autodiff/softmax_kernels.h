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

// Calls use(i, exp(x[i] - shift)) for a row. A shift of +inf counts 1 for the entries that have it, 0 for others.
template <class T, class Use>
[[gnu::always_inline]] inline void each_exp(const T* x, std::int64_t n, T shift, Use use) {
  if (shift == std::numeric_limits<T>::infinity()) [[unlikely]] {
    for (std::int64_t i = 0; i < n; ++i) use(i, x[i] == shift ? T(1) : vmath::exp(x[i] - shift));
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) use(i, vmath::exp(x[i] - shift));
}

}  // namespace basin
