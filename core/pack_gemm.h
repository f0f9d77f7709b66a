// Matrix products whose numbers are packs: one product for each lane, in loops over whole packs. They are for sizes at
// which a BLAS call for each lane would cost more than its arithmetic; transposed operands cost nothing.
#pragma once
#include <cstring>

#include "core/pack.h"
#include "core/small_gemm.h"

namespace basin {

template <class T>
struct PackMatrix {  // element (i, j) lies at data + i down + j right
  const Pack<T>* data;
  std::int64_t down, right;
};

namespace pack_gemm_detail {

template <class T>
struct Job {  // C[m,n] = A[m,k] B[k,n] + row; the row may be missing
  std::int64_t m, n, k;
  PackMatrix<T> a, b;
  const Pack<T>* row;
  Pack<T>* c;
  std::int64_t ldc;
};

// A vector's share of the packs: T number `part` of the vectors that a pack is made of.
template <class T>
using Part = small_gemm_detail::Vec<T, small_gemm_detail::lanes<T>>;

template <class T>
[[gnu::always_inline]] inline Part<T> load(const Pack<T>* from, int part) {
  return small_gemm_detail::load<Part<T>>(from->lane + part * small_gemm_detail::lanes<T>);
}

// Rows i..i+rows of C, columns j..j+cols, of one part of the lanes.
template <int rows, int cols, class T>
[[gnu::always_inline]] inline void tile(const Job<T>& g, std::int64_t i, std::int64_t j, int part) {
  Part<T> acc[rows][cols];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int q = 0; q < cols; ++q) acc[r][q] = g.row ? load(g.row + j + q, part) : Part<T>{};
  const Pack<T>*a = g.a.data + i * g.a.down, *b = g.b.data + j * g.b.right;
  for (std::int64_t p = 0; p < g.k; ++p, a += g.a.right, b += g.b.down) {
    Part<T> right[cols];
#pragma GCC unroll 8
    for (int q = 0; q < cols; ++q) right[q] = load(b + q * g.b.right, part);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const Part<T> left = load(a + r * g.a.down, part);
#pragma GCC unroll 8
      for (int q = 0; q < cols; ++q) acc[r][q] += left * right[q];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int q = 0; q < cols; ++q)
      std::memcpy(g.c[(i + r) * g.ldc + j + q].lane + part * small_gemm_detail::lanes<T>, &acc[r][q], sizeof acc[r][q]);
}

// All rows of columns j..j+cols, in tiles of `rows` and what halving it leaves.
template <int rows, int cols, class T>
[[gnu::always_inline]] inline void strip(const Job<T>& g, std::int64_t j, int part, std::int64_t i = 0) {
  for (; i + rows <= g.m; i += rows) tile<rows, cols>(g, i, j, part);
  if constexpr (rows > 1) strip<rows / 2, cols>(g, j, part, i);
}

template <int cols, class T>
inline void strips(const Job<T>& g, int part, std::int64_t j = 0) {
  constexpr int sums = small_gemm_detail::vector_registers / 2, rows = sums / cols < 8 ? sums / cols : 8;
  for (; j + cols <= g.n; j += cols) strip<rows, cols>(g, j, part);
  if constexpr (cols > 1) strips<cols / 2>(g, part, j);
}

}  // namespace pack_gemm_detail

// C[m,n] = A[m,k] B[k,n] + row; rows of C are ldc packs apart, and `row` [n], the same for all rows, may be null.
template <class T>
void pack_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const PackMatrix<T>& a, const PackMatrix<T>& b,
               const Pack<T>* row, Pack<T>* c, std::int64_t ldc) {
  constexpr int parts = Pack<T>::lanes / small_gemm_detail::lanes<T>;
  const pack_gemm_detail::Job<T> job{m, n, k, a, b, row, c, ldc};
  for (int part = 0; part < parts; ++part) pack_gemm_detail::strips<4>(job, part);
}

}  // namespace basin
