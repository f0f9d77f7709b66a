// Matrix products too small for a BLAS call to pay: register tiles in plain loops over the vectors of GCC and Clang, no
// packing, no allocation, no threads. All matrices are row-major; ld* is the distance between rows.
//   small_gemm_nn   C[m,n] = S + A[m,k] B[k,n]
//   small_gemm_tn   C[m,n] = S + A[k,m]ᵀ B[k,n]
//   small_gemm_nt   C[m,n] = S + A[m,k] B[n,k]ᵀ     (transposes panels of B into 32 KiB of stack on the way)
// Where S comes from is an Addend: nothing (C is only written), C itself (accumulate), or one row for every row of C
// (bias). Every element is summed over k in ascending order from S. The bits of C do not depend on alignment; they may
// depend on the sizes, since the compiler fuses multiply and add in some tiles and not in others.
// Correct for every size, k = 0 included; C must not overlap A or B. Fast while B lies in the L2 cache; see
// small_gemm_pays for when to prefer it to BLAS.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace basin {

template <class T>
struct Addend {
  const T* at = nullptr;  // null: zero
  std::int64_t ld = 0;

  static Addend zero() { return {}; }
  static Addend accumulate(const T* c, std::int64_t ldc) { return {c, ldc}; }
  static Addend row(const T* bias) { return {bias, 0}; }
};

namespace small_gemm_detail {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64, vector_registers = 32;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32, vector_registers = 16;
#else
inline constexpr int vector_bytes = 16, vector_registers = 16;
#endif
template <class T>
inline constexpr int lanes = vector_bytes / int(sizeof(T));

template <class T, int width>
struct VecOf {
  typedef T type __attribute__((vector_size(width * sizeof(T))));
};
template <class T>
struct VecOf<T, 1> {
  using type = T;
};
template <class T, int width>
using Vec = typename VecOf<T, width>::type;

template <class V, class T>
[[gnu::always_inline]] inline V load(const T* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class T, bool transposed>
struct Job {  // C[m,n] = S + A B or S + Aᵀ B; a compile-time flag, so that Aᵀ is read at constant offsets
  std::int64_t m, n, k;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T* c;
  std::int64_t ldc;
  Addend<T> s;
};

// Rows i..i+rows of C, columns j..j+vectors*width. The first `skip` columns are computed but not stored: a tail
// narrower than a vector is done by a tile that overlaps its neighbour.
template <int width, int rows, int vectors, class T, bool transposed>
[[gnu::always_inline]] inline void tile(const Job<T, transposed>& g, std::int64_t i, std::int64_t j,
                                        std::int64_t skip) {
  using V = Vec<T, width>;
  V acc[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) acc[r][v] = g.s.at ? load<V>(g.s.at + (i + r) * g.s.ld + j + v * width) : V{};
  const std::int64_t a_row = transposed ? 1 : g.lda, a_col = transposed ? g.lda : 1;
  const T* a = g.a + i * a_row;
  const T* b = g.b + j;
  for (std::int64_t p = 0; p < g.k; ++p, a += a_col, b += g.ldb) {
    V right[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) right[v] = load<V>(b + v * width);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) acc[r][v] += a[r * a_row] * right[v];
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      T* to = g.c + (i + r) * g.ldc + j + v * width;
      if (skip == 0) {
        std::memcpy(to, &acc[r][v], sizeof(V));
      } else {
        T kept[width];
        std::memcpy(kept, &acc[r][v], sizeof(V));
        std::copy(kept + skip, kept + width, to + skip);
      }
    }
}

// All rows of C, in tiles of `rows` and what halving it leaves.
template <int width, int rows, int vectors, class T, bool transposed>
[[gnu::always_inline]] inline void strip(const Job<T, transposed>& g, std::int64_t j, std::int64_t skip,
                                         std::int64_t i = 0) {
  for (; i + rows <= g.m; i += rows) tile<width, rows, vectors>(g, i, j, skip);
  if constexpr (rows > 1) strip<width, std::bit_floor(unsigned(rows - 1)), vectors>(g, j, skip, i);
}

// n >= width columns, one vector at a time.
template <int width, class T, bool transposed>
inline void narrow(const Job<T, transposed>& g, std::int64_t j) {
  constexpr int rows = 8;
  for (; j + width <= g.n; j += width) strip<width, rows, 1>(g, j, 0);
  if (j < g.n) strip<width, rows, 1>(g, g.n - width, j - (g.n - width));
}

template <class T, bool transposed>
inline void run(const Job<T, transposed>& g) {
  constexpr int w = lanes<T>;
  std::int64_t j = 0;
  if constexpr (vector_registers == 32)
    for (; j + 4 * w <= g.n; j += 4 * w) strip<w, 6, 4>(g, j, 0);
  for (; j + 2 * w <= g.n; j += 2 * w) strip<w, vector_registers == 32 ? 12 : 6, 2>(g, j, 0);
  if (g.n >= w) return narrow<w>(g, j);
  if constexpr (w >= 4)
    if (g.n >= w / 2) return narrow<w / 2>(g, j);
  if constexpr (w >= 8)
    if (g.n >= w / 4) return narrow<w / 4>(g, j);
  narrow<1>(g, j);
}

// a0 b0 a1 b1 …, from the lower (half 0) or the upper (half 1) halves of two vectors.
template <int half, class V, std::size_t... q>
[[gnu::always_inline]] inline V interleave(V a, V b, std::index_sequence<q...>) {
  constexpr int width = sizeof...(q);
  return __builtin_shufflevector(a, b, int(half * width / 2 + q / 2 + (q % 2) * width)...);
}

// to[p, q] = from[q, p] for a square block: log2(width) rounds of interleaving row q with row q + width/2.
template <class T, int width>
[[gnu::always_inline]] inline void transpose_block(const T* from, std::int64_t ld_from, T* to, std::int64_t ld_to) {
  using V = Vec<T, width>;
  constexpr std::make_index_sequence<width> lane;
  V row[width], next[width];
#pragma GCC unroll 16
  for (int q = 0; q < width; ++q) row[q] = load<V>(from + q * ld_from);
#pragma GCC unroll 4
  for (int round = 1; round < width; round *= 2) {
#pragma GCC unroll 8
    for (int q = 0; q < width / 2; ++q) {
      next[2 * q] = interleave<0>(row[q], row[q + width / 2], lane);
      next[2 * q + 1] = interleave<1>(row[q], row[q + width / 2], lane);
    }
#pragma GCC unroll 16
    for (int q = 0; q < width; ++q) row[q] = next[q];
  }
#pragma GCC unroll 16
  for (int q = 0; q < width; ++q) std::memcpy(to + q * ld_to, &row[q], sizeof(V));
}

template <class T>
inline void transpose(std::int64_t rows, std::int64_t cols, const T* from, std::int64_t ld_from, T* to,
                      std::int64_t ld_to) {
  constexpr int w = lanes<T>;
  const std::int64_t whole_rows = rows - rows % w, whole_cols = cols - cols % w;
  for (std::int64_t i = 0; i < whole_rows; i += w)
    for (std::int64_t j = 0; j < whole_cols; j += w)
      transpose_block<T, w>(from + i * ld_from + j, ld_from, to + j * ld_to + i, ld_to);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = i < whole_rows ? whole_cols : 0; j < cols; ++j) to[j * ld_to + i] = from[i * ld_from + j];
}

}  // namespace small_gemm_detail

// Whether these loops, as compiled here, are likely to beat an OpenBLAS call for a product of this size. With AVX-512
// they are 2-4 times as fast as OpenBLAS' Haswell kernels and level with its SkylakeX kernels, up to the largest size
// measured (512 cubed); with AVX2 and FMA they win up to about 256 cubed, less clearly as sizes grow; else only below
// call overhead.
constexpr bool small_gemm_pays(std::int64_t m, std::int64_t n, std::int64_t k) {
#if defined(__AVX512F__)
  constexpr std::int64_t limit = 512 * 512 * 512;
#elif defined(__AVX2__) && defined(__FMA__)
  constexpr std::int64_t limit = 256 * 256 * 256;
#else
  constexpr std::int64_t limit = 10 * 10 * 10;
#endif
  return m * n * k <= limit;
}

template <class T>
void small_gemm_nn(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda, const T* b,
                   std::int64_t ldb, T* c, std::int64_t ldc, Addend<T> start = {}) {
  small_gemm_detail::run<T, false>({m, n, k, a, lda, b, ldb, c, ldc, start});
}

template <class T>
void small_gemm_tn(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda, const T* b,
                   std::int64_t ldb, T* c, std::int64_t ldc, Addend<T> start = {}) {
  small_gemm_detail::run<T, true>({m, n, k, a, lda, b, ldb, c, ldc, start});
}

template <class T>
void small_gemm_nt(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda, const T* b,
                   std::int64_t ldb, T* c, std::int64_t ldc, Addend<T> start = {}) {
  constexpr std::int64_t panel_cols = 4 * small_gemm_detail::lanes<T>;
  constexpr std::int64_t panel_rows = 32 * 1024 / (panel_cols * std::int64_t(sizeof(T)));
  alignas(64) T panel[panel_rows * panel_cols];
  for (std::int64_t j = 0; j < n; j += panel_cols)
    for (std::int64_t p = 0; p == 0 || p < k; p += panel_rows) {
      const std::int64_t cols = std::min(panel_cols, n - j), depth = std::min(panel_rows, k - p);
      const Addend<T> from = p          ? Addend<T>::accumulate(c + j, ldc)
                             : start.at ? Addend<T>{start.at + j, start.ld}
                                        : start;
      small_gemm_detail::transpose(cols, depth, b + j * ldb + p, ldb, panel, panel_cols);
      small_gemm_detail::run<T, false>({m, cols, depth, a + p, lda, panel, panel_cols, c + j, ldc, from});
    }
}

}  // namespace basin
