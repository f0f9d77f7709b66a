// Loops that elementwise kernels share.
#pragma once
#include <algorithm>
#include <utility>

#include "autodiff/op.h"

namespace basin {

template <class T, class F>
void map(const Call<T>& c, F f) {  // out = f(a), same shape
  ScalarOf<T>* __restrict out = scalars(c.out);
  const ScalarOf<T>* __restrict a = scalars(c.in[0]);
  const std::int64_t n = c.n * lanes_of<T>;
  for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i]);
}

// The innermost run of a binary op. Strides 1 and 0 are told apart so that each case becomes vector code.
template <int lanes, class T, class F>
void zip_run(std::int64_t n, T* __restrict out, const T* a, const T* b, std::int64_t sa, std::int64_t sb, F f) {
  if (sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n * lanes; ++i) out[i] = f(a[i], b[i]);
  } else if (sa == 1 && sb == 0) {
    for (std::int64_t i = 0; i < n; ++i, out += lanes, a += lanes)
      for (int l = 0; l < lanes; ++l) out[l] = f(a[l], b[l]);
  } else if (sa == 0 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i, out += lanes, b += lanes)
      for (int l = 0; l < lanes; ++l) out[l] = f(a[l], b[l]);
  } else {
    for (std::int64_t i = 0; i < n; ++i, out += lanes, a += sa * lanes, b += sb * lanes)
      for (int l = 0; l < lanes; ++l) out[l] = f(a[l], b[l]);
  }
}

template <class T, class F>
void zip(const Call<T>& c, F f) {  // out = f(a, b), broadcasting
  const Loop& l = c.loop;
  const std::int64_t n = l.inner(), sa = l.inner_stride(1), sb = l.inner_stride(2);
  walk(l, c.out, c.in, [&](T* out, const T* a, const T* b, const T*) {
    zip_run<lanes_of<T>>(n, scalars(out), scalars(a), scalars(b), sa, sb, f);
  });
}

// sum[l] += at(begin lanes + l) + … + at((end - 1) lanes + l)
template <int lanes, class T, class At>
[[gnu::always_inline]] inline void add_up(std::int64_t begin, std::int64_t end, At at, T* sum) {
  for (std::int64_t i = begin; i < end; ++i)
    for (int l = 0; l < lanes; ++l) sum[l] += at(i * lanes + l);
}

// Into totals[l], for each lane: the sum of at(l), at(lanes + l) … at((n - 1) lanes + l). Sixteen running sums of T,
// drained into a double; fast, and exact enough for long rows.
inline constexpr std::int64_t running_sums = 16;
template <int lanes, class T, class At>
[[gnu::always_inline]] inline void lane_sums(std::int64_t n, At at, double* totals) {
  constexpr std::int64_t block = 4096;
  std::fill_n(totals, lanes, 0.0);
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t stop = std::min(n, start + block), whole = stop - (stop - start) % running_sums;
    T sum[running_sums * lanes] = {};
    for (std::int64_t i = start; i < whole; i += running_sums)
      for (std::int64_t j = 0; j < running_sums * lanes; ++j) sum[j] += at(i * lanes + j);
    add_up<lanes>(whole, stop, at, sum);
    for (std::int64_t j = 0; j < running_sums * lanes; j += lanes)
      for (int l = 0; l < lanes; ++l) totals[l] += double(sum[j + l]);
  }
}
template <class T, class At>
double lane_sum(std::int64_t n, At at) {
  double total;
  lane_sums<1, T>(n, at, &total);
  return total;
}

// A kernel that looks at single numbers, as one that takes packs too: each lane is copied out, computed alone and
// copied back.
template <class F>
constexpr auto one_lane(F) {
  return [](const auto& c) { by_lane(c, F{}); };
}
template <class T, class F>
requires(lanes_of<T> == 1) void by_lane(const Call<T>& c, F kernel) { kernel(c); }
template <class T, class F>
void by_lane(const Call<Pack<T>>& c, F kernel) {
  Call<T> one;
  static_cast<Task&>(one) = c;
  const auto lane = [](const Pack<T>* packs, int l) { return scalars(packs) + l; };
  for (int l = 0; l < Pack<T>::lanes; ++l) {
    T* free = c.scratch;
    const auto take = [&](std::int64_t n) { return std::exchange(free, free + n); };
    for (int i = 0; i < Node::max_inputs; ++i) {
      if (c.node_in[i] < 0) continue;
      const std::int64_t n = c.graph->node(c.node_in[i]).shape.numel();
      T* to = take(n);
      one.in[i] = to;
      for (std::int64_t j = 0; j < n; ++j) to[j] = lane(c.in[i], l)[j * Pack<T>::lanes];
    }
    one.out = take(c.n);
    one.out2 = c.out2 ? take(c.n2) : nullptr;
    kernel(one);
    for (std::int64_t j = 0; j < c.n; ++j) scalars(c.out)[j * Pack<T>::lanes + l] = one.out[j];
    for (std::int64_t j = 0; c.out2 && j < c.n2; ++j) scalars(c.out2)[j * Pack<T>::lanes + l] = one.out2[j];
  }
}

// Every operand broadcast to the node's shape; operand 0 is the output.
Loop broadcast_loop(const Graph& graph, const Node& node);

}  // namespace basin
