#include "core/blas.h"

#include <cblas.h>

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "core/small_gemm.h"

namespace basin {
namespace {

// In this file because every product, and through matmul every decomposition, links it: no linker can drop it.
[[maybe_unused]] const bool one_thread_from_the_start = (use_one_blas_thread(), true);

CBLAS_TRANSPOSE op(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

// cblas wants strides of at least 1 even where there is nothing to stride over.
int stride(std::int64_t ld) { return std::max(1, blas_int(ld)); }

template <class T>
void scale(std::int64_t n, T beta, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = beta == 0 ? T(0) : beta * y[i];
}

template <class T>
void mirror_upper(std::int64_t n, T* c, std::int64_t ldc) {
  for (std::int64_t i = 1; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) c[i * ldc + j] = c[j * ldc + i];
}

}  // namespace

int blas_int(std::int64_t length) {
  if (length < 0 || length > std::numeric_limits<int>::max())
    throw ShapeError("blas: a length of " + std::to_string(length) + " given, wanted 0 to 2^31-1");
  return int(length);
}

namespace {

void blas_gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
               std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
  cblas_sgemm(CblasRowMajor, op(ta), op(tb), blas_int(m), blas_int(n), blas_int(k), alpha, a, stride(lda), b,
              stride(ldb), beta, c, stride(ldc));
}

void blas_gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
               std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* c, std::int64_t ldc) {
  cblas_dgemm(CblasRowMajor, op(ta), op(tb), blas_int(m), blas_int(n), blas_int(k), alpha, a, stride(lda), b,
              stride(ldb), beta, c, stride(ldc));
}

bool is_small(std::int64_t m, std::int64_t n, std::int64_t k) {
  for (std::int64_t length : {m, n, k}) blas_int(length);
  return m == 0 || n == 0 || k == 0 || (m <= 4096 && n <= 4096 && k <= 4096 && small_gemm_pays(m, n, k));
}

template <class T>
void any_gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const T* a, std::int64_t lda,
              const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc) {
  if (alpha != 1 || beta != 0 || (ta && tb) || !is_small(m, n, k))
    return blas_gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  if (ta) return small_gemm_tn(m, n, k, a, lda, b, ldb, c, ldc);
  if (tb) return small_gemm_nt(m, n, k, a, lda, b, ldb, c, ldc);
  small_gemm_nn(m, n, k, a, lda, b, ldb, c, ldc);
}

template <class T>
void any_gemm_plus_row(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda, const T* b,
                       std::int64_t ldb, const T* row, T* c, std::int64_t ldc) {
  if (is_small(m, n, k)) return small_gemm_nn(m, n, k, a, lda, b, ldb, c, ldc, Addend<T>::row(row));
  for (std::int64_t i = 0; i < m; ++i) std::copy(row, row + n, c + i * ldc);
  blas_gemm(false, false, m, n, k, T(1), a, lda, b, ldb, T(1), c, ldc);
}

void blas_gram(std::int64_t m, std::int64_t n, const float* a, std::int64_t lda, float* c, std::int64_t ldc) {
  cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, blas_int(n), blas_int(m), 1, a, stride(lda), 1, c, stride(ldc));
}

void blas_gram(std::int64_t m, std::int64_t n, const double* a, std::int64_t lda, double* c, std::int64_t ldc) {
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, blas_int(n), blas_int(m), 1, a, stride(lda), 1, c, stride(ldc));
}

// Our own loops take strips of rows from the diagonal on: of the lower triangle they compute only what lies in a strip.
template <class T>
void any_gram(std::int64_t m, std::int64_t n, const T* a, std::int64_t lda, T* c, std::int64_t ldc) {
  constexpr std::int64_t strip = 96;
  if (is_small(strip, n, m)) {
    for (std::int64_t i = 0; i < n; i += strip)
      small_gemm_tn(std::min(strip, n - i), n - i, m, a + i, lda, a + i, lda, c + i * ldc + i, ldc,
                    Addend<T>::accumulate(c + i * ldc + i, ldc));
  } else {
    blas_gram(m, n, a, lda, c, ldc);
  }
  mirror_upper(n, c, ldc);
}

}  // namespace

void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
  any_gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
          std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* c, std::int64_t ldc) {
  any_gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void gemm_plus_row(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda, const float* b,
                   std::int64_t ldb, const float* row, float* c, std::int64_t ldc) {
  any_gemm_plus_row(m, n, k, a, lda, b, ldb, row, c, ldc);
}

void gemm_plus_row(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t lda, const double* b,
                   std::int64_t ldb, const double* row, double* c, std::int64_t ldc) {
  any_gemm_plus_row(m, n, k, a, lda, b, ldb, row, c, ldc);
}

// BLAS leaves y untouched when A is empty, whatever beta says.
void gemv(bool ta, std::int64_t m, std::int64_t n, float alpha, const float* a, std::int64_t lda, const float* x,
          float beta, float* y) {
  if (m == 0 || n == 0) return scale(ta ? n : m, beta, y);
  cblas_sgemv(CblasRowMajor, op(ta), blas_int(m), blas_int(n), alpha, a, stride(lda), x, 1, beta, y, 1);
}

void gemv(bool ta, std::int64_t m, std::int64_t n, double alpha, const double* a, std::int64_t lda, const double* x,
          double beta, double* y) {
  if (m == 0 || n == 0) return scale(ta ? n : m, beta, y);
  cblas_dgemv(CblasRowMajor, op(ta), blas_int(m), blas_int(n), alpha, a, stride(lda), x, 1, beta, y, 1);
}

void gram(std::int64_t m, std::int64_t n, const float* a, std::int64_t lda, float* c, std::int64_t ldc) {
  any_gram(m, n, a, lda, c, ldc);
}

void gram(std::int64_t m, std::int64_t n, const double* a, std::int64_t lda, double* c, std::int64_t ldc) {
  any_gram(m, n, a, lda, c, ldc);
}

std::string blas_kernel() { return openblas_get_config(); }

void use_one_blas_thread() { openblas_set_num_threads(1); }

}  // namespace basin
