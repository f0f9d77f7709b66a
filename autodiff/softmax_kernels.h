// Rows of exp that neither overflow nor vanish, for softmax, log-sum-exp and cross-entropy.
#pragma once
#include <algorithm>
#include <cmath>
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

// e[i] = exp(x[i] - shift) for a row. A shift of +inf counts 1 for the entries that have it, 0 for others.
template <class T>
[[gnu::always_inline]] inline void shifted_exp(const T* __restrict x, std::int64_t n, T shift, T* __restrict e) {
  if (shift == std::numeric_limits<T>::infinity()) [[unlikely]] {
    for (std::int64_t i = 0; i < n; ++i) e[i] = x[i] == shift ? T(1) : vmath::exp(x[i] - shift);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) e[i] = vmath::exp(x[i] - shift);
}

// The sum of a row of exp(x - shift), of which the largest are 1 or, in a row of -inf alone, 0. The ones are counted
// apart: what is small beside them is the loss of a label that is nearly certain.
class ExpSum {
 public:
  template <class T>
  void add(const T* e, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      ones_ += e[i] == 1 ? 1 : 0;
      small_ += e[i] == 1 ? 0 : double(e[i]);
    }
  }
  double less_one() const { return small_ + (ones_ - 1); }
  double value() const { return 1 + less_one(); }
  bool empty() const { return less_one() == -1; }        // a row of -inf alone
  double log() const { return std::log1p(less_one()); }  // -inf if empty

 private:
  double ones_ = 0, small_ = 0;
};

// The sum of a row's exp(x - shift), which are written to `e`, if there is such a place.
template <class T>
[[gnu::always_inline]] inline ExpSum sum_of_exp(const T* x, std::int64_t n, T shift, T* e) {
  constexpr std::int64_t block = 128;
  T scratch[block];
  ExpSum sum;
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t count = std::min(block, n - start);
    T* to = e ? e + start : scratch;
    shifted_exp(x + start, count, shift, to);
    sum.add(to, count);
  }
  return sum;
}

}  // namespace basin
