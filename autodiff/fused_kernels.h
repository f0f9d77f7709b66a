// Kernels of fused chains and row-wise helpers.
#pragma once
#include "autodiff/kernels.h"
#include "core/blas.h"
#include "core/pack_gemm.h"

namespace basin {

// Narrow tables waste vector lanes row by row; they are walked in groups of rows that fill about this many elements.
inline constexpr std::int64_t group_elements = 64;

// How many rows of n elements there are; none where rows are empty.
inline std::int64_t row_count(std::int64_t elements, std::int64_t n) { return n == 0 ? 0 : elements / n; }

// sums[j] = sum over rows of x[r, j].
template <class T>
void column_sums(const T* __restrict x, std::int64_t rows, std::int64_t n, T* __restrict sums) {
  std::fill(sums, sums + n, T(0));
  if (n > group_elements / 2 || n == 0) {
    for (std::int64_t r = 0; r < rows; ++r, x += n)
      for (std::int64_t j = 0; j < n; ++j) sums[j] += x[j];
    return;
  }
  alignas(64) T partial[group_elements] = {};
  const std::int64_t width = group_elements / n * n;
  std::int64_t left = rows * n;
  for (; left >= width; left -= width, x += width)
    for (std::int64_t j = 0; j < width; ++j) partial[j] += x[j];
  for (std::int64_t j = 0; j < left; ++j) partial[j] += x[j];
  for (std::int64_t i = 0; i < width; i += n)
    for (std::int64_t j = 0; j < n; ++j) sums[j] += partial[i + j];
}

// in = {x, weight, bias}: out = f(x W + b).
template <class T, class F>
void dense_then(const Call<T>& c, F f) {
  const Shape& weight = c.graph->node(c.node_in[1]).shape;
  const std::int64_t k = weight[0], n = weight[1], rows = row_count(c.n, n);
  if constexpr (lanes_of<T> == 1)
    gemm_plus_row(rows, n, k, c.in[0], k, c.in[1], n, c.in[2], c.out, n);
  else
    pack_gemm(rows, n, k, {c.in[0], k, 1}, {c.in[1], n, 1}, c.in[2], c.out, n);
  ScalarOf<T>* __restrict y = scalars(c.out);
  for (std::int64_t i = 0; i < c.n * lanes_of<T>; ++i) y[i] = f(y[i]);
}

// in = {ct, y}: out = ct * slope(y); out2, if there, is its column sums: in the same pass unless rows are narrow.
template <class T, class F>
void slope_times(const Call<T>& c, F slope) {
  using Number = ScalarOf<T>;
  Number* __restrict out = scalars(c.out);
  const Number* __restrict ct = scalars(c.in[0]);
  const Number* __restrict y = scalars(c.in[1]);
  const std::int64_t n = (c.node->shape.rank() ? c.node->shape.back() : 1) * lanes_of<T>, all = c.n * lanes_of<T>;
  if (!c.out2 || n <= group_elements / 2) {
    for (std::int64_t i = 0; i < all; ++i) out[i] = ct[i] * slope(y[i]);
    if (c.out2) column_sums(out, row_count(all, n), n, scalars(c.out2));
    return;
  }
  Number* __restrict sums = scalars(c.out2);
  std::fill(sums, sums + n, Number(0));
  for (std::int64_t row = 0; row < all; row += n)
    for (std::int64_t j = 0; j < n; ++j) sums[j] += out[row + j] = ct[row + j] * slope(y[row + j]);
}

// in = {scale, x, t}: out = scale * (x - t); out2, if there, is its column sums.
template <class T>
void scaled_difference(const Call<T>& c) {
  constexpr int lanes = lanes_of<T>;
  ScalarOf<T>* __restrict out = scalars(c.out);
  const ScalarOf<T>*scale = scalars(c.in[0]), *__restrict x = scalars(c.in[1]), *__restrict t = scalars(c.in[2]);
  for (std::int64_t i = 0; i < c.n * lanes; i += lanes)
    for (int l = 0; l < lanes; ++l) out[i + l] = scale[l] * (x[i + l] - t[i + l]);
  const std::int64_t n = (c.node->shape.rank() ? c.node->shape.back() : 1) * lanes;
  if (c.out2) column_sums(out, row_count(c.n * lanes, n), n, scalars(c.out2));
}

}  // namespace basin
