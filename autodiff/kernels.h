// Loops that elementwise kernels share.
#pragma once
#include "autodiff/op.h"

namespace basin {

template <class T, class F>
void map(const Call<T>& c, F f) {  // out = f(a), same shape
  T* __restrict out = c.out;
  const T* __restrict a = c.in[0];
  const std::int64_t n = c.n;
  for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i]);
}

// The innermost run of a binary op. Strides 1 and 0 are told apart so that each case becomes vector code.
template <class T, class F>
void zip_run(std::int64_t n, T* __restrict out, const T* a, const T* b, std::int64_t sa, std::int64_t sb, F f) {
  if (sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (sa == 1 && sb == 0) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], *b);
  } else if (sa == 0 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(*a, b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i * sa], b[i * sb]);
  }
}

template <class T, class F>
void zip(const Call<T>& c, F f) {  // out = f(a, b), broadcasting
  const Loop& l = c.loop;
  const std::int64_t n = l.inner(), sa = l.inner_stride(1), sb = l.inner_stride(2);
  walk(l, c.out, c.in, [&](T* out, const T* a, const T* b, const T*) { zip_run(n, out, a, b, sa, sb, f); });
}

// Sum of at(0) … at(n - 1): sixteen running sums of T, drained into a double; fast, and exact enough for long rows.
template <class T, class At>
double lane_sum(std::int64_t n, At at) {
  constexpr std::int64_t lanes = 16, block = 4096;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t stop = std::min(n, start + block);
    T lane[lanes] = {};
    std::int64_t i = start;
    for (; i + lanes <= stop; i += lanes)
      for (std::int64_t j = 0; j < lanes; ++j) lane[j] += at(i + j);
    for (; i < stop; ++i) lane[0] += at(i);
    for (T v : lane) total += double(v);
  }
  return total;
}

// Every operand broadcast to the node's shape; operand 0 is the output.
Loop broadcast_loop(const Graph& graph, const Node& node);

}  // namespace basin
