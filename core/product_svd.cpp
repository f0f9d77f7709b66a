#include "core/product_svd.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/two_stage_eigenvalues.h"

extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
void dpotrs_(const char* uplo, const int* n, const int* nrhs, const double* a, const int* lda, double* b,
             const int* ldb, int* info, std::size_t);
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau, double* work,
             const int* lwork, int* info);
}

namespace basin {
namespace {

constexpr double shift = 1e-13;    // of the Gram matrix, relative: above its rounding, below what is sought
constexpr std::int64_t spare = 8;  // vectors beside those sought, so that the block need not hit them exactly
constexpr int steps = 3;           // each leaves shift / (10 gram_resolves)^2 = 1e-5 of the large ones, or less
constexpr std::int64_t rows_at_once = 64;

// (A^T A + shift)^-1, by Cholesky.
class ShiftedInverse {
 public:
  ShiftedInverse(Matrix gram, double largest) : n_(blas_int(gram.rows())), factor_(std::move(gram)) {
    for (std::int64_t i = 0; i < n_; ++i) factor_(i, i) += shift * largest;
    int info = 0;
    dpotrf_("L", &n_, factor_.data.data(), &n_, &info, 1);
    found_ = info == 0;
  }

  bool found() const { return found_; }

  void apply(Matrix& rows, int threads) const {
    const std::int64_t blocks = (rows.rows() + rows_at_once - 1) / rows_at_once;
    parallel_for(threads, blocks, [&](std::int64_t block, int) {
      const std::int64_t first = block * rows_at_once;
      const int count = int(std::min(rows_at_once, rows.rows() - first));
      int info = 0;
      dpotrs_("L", &n_, &count, factor_.data.data(), &n_, rows.row(first).data(), &n_, &info, 1);
    });
  }

 private:
  int n_;
  Matrix factor_;
  bool found_ = false;
};

// Replaces rows [m, n], m <= n, by an orthonormal basis of their span. In LAPACK's order they are columns.
void orthonormalise(Matrix& rows) {
  const int n = blas_int(rows.cols()), m = blas_int(rows.rows()), lwork = 64 * std::max(1, m);
  std::vector<double> tau(m), work(lwork);
  int info = 0;
  dgeqrf_(&n, &m, rows.data.data(), &n, tau.data(), work.data(), &lwork, &info);
  dorgqr_(&n, &m, &m, rows.data.data(), &n, tau.data(), work.data(), &lwork, &info);
}

// Orthonormal rows [m, n] whose span holds the right singular vectors of the values far below the m-th smallest one.
Matrix lowest_subspace(const ProductMatrix& a, const ShiftedInverse& inverse, std::int64_t m, int threads) {
  Matrix z({m, a.columns});
  Rng(0, "product_svd").fill_normal(std::span(z.data));
  inverse.apply(z, threads);
  orthonormalise(z);
  for (int step = 1; step < steps; ++step) {
    Matrix residual = a.normal(z);
    inverse.apply(residual, threads);
    std::ranges::transform(z.data, residual.data, z.data.begin(), std::minus<>());
    orthonormalise(z);
  }
  return z;
}

// Singular values of A in the span of the rows z, the smallest `count` of them, with their vectors.
ProductSvd lowest_in(const ProductMatrix& a, const Matrix& z, std::int64_t count) {
  const std::int64_t m = z.rows();
  Matrix r = a.r_of_image(z);
  r.data.resize(m * m);  // zero rows: as many values as vectors
  Svd parts = svd(Matrix({m, m}, std::move(r.data)));
  parts.Vt.data.erase(parts.Vt.data.begin(), parts.Vt.data.end() - count * m);
  return {{parts.s.end() - count, parts.s.end()}, matmul(Matrix({count, m}, std::move(parts.Vt.data)), z)};
}

// By QR of all of A.
ProductSvd direct_svd(const ProductMatrix& a, bool vectors) {
  const Matrix all = identity(a.columns);
  if (vectors) return lowest_in(a, all, a.columns);
  ProductSvd svd{singular_values(a.r_of_image(all)), {}};
  svd.values.resize(a.columns);
  return svd;
}

// Nothing if too many values are small, or the small ones were not found.
std::optional<ProductSvd> svd_by_gram(const ProductMatrix& a, double relative_tolerance, int threads) {
  Matrix gram = a.gram();
  ProductSvd svd{two_stage_eigenvalues(gram, threads), Matrix({0, a.columns})};
  const double largest = svd.values.front(), below = std::max(gram_resolves, 2 * relative_tolerance);
  const auto count_below = [&](double s) {
    return std::ranges::count_if(svd.values, [&](double h) { return !(h > s * s * largest); });
  };
  const std::int64_t count = count_below(below), block = count_below(10 * below) + spare;
  for (double& h : svd.values) h = std::sqrt(std::max(h, 0.0));
  if (count == 0) return svd;
  if (2 * block > a.columns) return {};
  const ShiftedInverse inverse(std::move(gram), largest);
  if (!inverse.found()) return {};
  ProductSvd lowest = lowest_in(a, lowest_subspace(a, inverse, block, threads), count);
  if (lowest.values.front() > 1.01 * below * svd.values.front()) return {};
  std::ranges::copy(lowest.values, svd.values.end() - count);
  std::ranges::sort(svd.values, std::greater<>());
  svd.lowest = std::move(lowest.lowest);
  return svd;
}

}  // namespace

ProductSvd product_svd(const ProductMatrix& a, double relative_tolerance, int threads, bool vectors) {
  std::optional<ProductSvd> svd;
  if (a.columns >= product_svd_order) svd = svd_by_gram(a, relative_tolerance, threads);
  return svd ? std::move(*svd) : direct_svd(a, vectors);
}

}  // namespace basin
