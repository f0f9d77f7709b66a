// Matrix products of float and double on row-major memory: a thin layer over cblas (OpenBLAS), and over our own loops
// where a product is too small for a BLAS call to pay (core/small_gemm.h).
//
// OpenBLAS is fixed to one thread when the program starts: basin runs threads over chunks of data instead
// (core/parallel.h), which keeps results independent of the number of threads. Which kernels OpenBLAS picks for the
// processor (or is told to by OPENBLAS_CORETYPE) is left alone; results may differ in the last bits between kernels.
//
// ld* is the distance between the starts of two rows, in numbers. Outputs may not overlap inputs. Lengths of zero are
// legal. With beta = 0 the output is written without being read. ShapeError if a length is negative or beyond 2^31-1.
#pragma once
#include <cstdint>
#include <string>

namespace basin {

// C[m,n] = alpha op(A)[m,k] op(B)[k,n] + beta C; op transposes if ta (A is stored [k,m]) or tb (B is stored [n,k]).
void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc);
void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
          std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* c, std::int64_t ldc);

// C[m,n] = A[m,k] B[k,n] + row, the same row[n] added to every row of C.
void gemm_plus_row(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda, const float* b,
                   std::int64_t ldb, const float* row, float* c, std::int64_t ldc);
void gemm_plus_row(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t lda, const double* b,
                   std::int64_t ldb, const double* row, double* c, std::int64_t ldc);

// y = alpha op(A) x + beta y for A stored [m,n]; x and y are contiguous.
void gemv(bool ta, std::int64_t m, std::int64_t n, float alpha, const float* a, std::int64_t lda, const float* x,
          float beta, float* y);
void gemv(bool ta, std::int64_t m, std::int64_t n, double alpha, const double* a, std::int64_t lda, const double* x,
          double beta, double* y);

// C[n,n] += A^T A for A stored [m,n]; C is symmetric on entry and exactly symmetric on return.
void gram(std::int64_t m, std::int64_t n, const float* a, std::int64_t lda, float* c, std::int64_t ldc);
void gram(std::int64_t m, std::int64_t n, const double* a, std::int64_t lda, double* c, std::int64_t ldc);

// Version, build options and kernel of the BLAS in use, for run manifests.
std::string blas_kernel();

// Done at program start; needed again only by a host program that changed OpenBLAS' thread count.
void use_one_blas_thread();

// A length as BLAS and LAPACK take it (32 bits). ShapeError when it does not fit.
int blas_int(std::int64_t length);

}  // namespace basin
