#include "core/lapack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/blas.h"
#include "core/two_stage_svd.h"

// Fortran LAPACK: column-major, everything by address. Each CHARACTER argument has its length as a hidden last
// argument.
extern "C" {
void dgesdd_(const char* jobz, const int* m, const int* n, double* a, const int* lda, double* s, double* u,
             const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork, int* iwork, int* info,
             std::size_t);
void dgesvd_(const char* jobu, const char* jobvt, const int* m, const int* n, double* a, const int* lda, double* s,
             double* u, const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork, int* info,
             std::size_t, std::size_t);
void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w, double* work,
             const int* lwork, int* iwork, const int* liwork, int* info, std::size_t, std::size_t);
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau, double* work,
             const int* lwork, int* info);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* ipiv, int* info);
void dgetrs_(const char* trans, const int* n, const int* nrhs, const double* a, const int* lda, const int* ipiv,
             double* b, const int* ldb, int* info, std::size_t);
}

namespace basin {
namespace {

void require_matrix(const char* what, const Matrix& a) {
  if (a.shape.rank() != 2 || a.size() != a.shape.numel())
    throw ShapeError(
        fmt::format("{}: shape {} with {} numbers given, wanted a matrix [rows, cols]", what, a.shape.str(), a.size()));
}

void require_square(const char* what, const Matrix& a) {
  if (a.shape[0] != a.shape[1])
    throw ShapeError(fmt::format("{}: shape {} given, wanted a square matrix", what, a.shape.str()));
}

void require_symmetric(const Matrix& a) {
  double largest = 0, asymmetry = 0;
  for (std::int64_t i = 0; i < a.shape[0]; ++i)
    for (std::int64_t j = 0; j < a.shape[0]; ++j) {
      largest = std::max(largest, std::abs(a(i, j)));
      asymmetry = std::max(asymmetry, std::abs(a(i, j) - a(j, i)));
    }
  if (asymmetry > 1e-8 * largest)
    throw NumericalError(fmt::format("eigh: a matrix {} with entries up to {:g} differs from its transpose by {:g}",
                                     a.shape.str(), largest, asymmetry));
}

// LAPACK's protocol: `call(work, lwork, info)` once with lwork = -1 to ask for the size, then with that much. Returns
// whether it converged.
template <class Call>
bool converges(const char* routine, const Shape& shape, const Call& call) {
  double wanted = 0;
  int lwork = -1, info = 0;
  call(&wanted, &lwork, &info);
  if (info != 0 || wanted > std::numeric_limits<int>::max())
    throw ShapeError(fmt::format("{}: a matrix {} is too large for 32-bit LAPACK", routine, shape.str()));
  lwork = std::max(1, int(wanted));
  std::vector<double> work(lwork);
  call(work.data(), &lwork, &info);
  return info == 0;
}

template <class Call>
void with_workspace(const char* routine, const Shape& shape, const Call& call) {
  if (!converges(routine, shape, call))
    throw NumericalError(fmt::format("{}: no convergence on a matrix {}", routine, shape.str()));
}

}  // namespace

void require_finite(const char* what, const Matrix& a) {
  require_matrix(what, a);
  auto bad = std::find_if(a.data.begin(), a.data.end(), [](double x) { return !std::isfinite(x); });
  if (bad == a.data.end()) return;
  std::int64_t at = bad - a.data.begin(), n = a.shape[1];
  throw NumericalError(fmt::format("{}: entry ({}, {}) of a matrix {} is {}; help: find where it was computed", what,
                                   at / n, at % n, a.shape.str(), *bad));
}

// Row-major a is column-major a^T = V diag(s) U^T, so LAPACK's left vectors are our Vt and its right ones our U, each
// already in row-major order.
Svd svd(Matrix a, bool vectors) {
  require_finite("svd", a);
  int m = blas_int(a.shape[0]), n = blas_int(a.shape[1]), k = std::min(m, n);
  Svd out{{}, std::vector<double>(k), {}};
  if (vectors) {
    out.U = Matrix({m, k});
    out.Vt = Matrix({k, n});
  }
  if (k == 0) return out;
  const char* job = vectors ? "S" : "N";
  std::vector<int> iwork(8 * std::size_t(k));
  Matrix spent = a;
  const bool divided = converges("dgesdd", a.shape, [&](double* work, const int* lwork, int* info) {
    dgesdd_(job, &n, &m, spent.data.data(), &n, out.s.data(), out.Vt.data.data(), &n, out.U.data.data(), &k, work,
            lwork, iwork.data(), info, 1);
  });
  if (divided) return out;
  // Divide and conquer can fail where singular values fall to the smallest numbers there are; iterations do not.
  with_workspace("dgesvd", a.shape, [&](double* work, const int* lwork, int* info) {
    dgesvd_(job, job, &n, &m, a.data.data(), &n, out.s.data(), out.Vt.data.data(), &n, out.U.data.data(), &k, work,
            lwork, info, 1, 1);
  });
  return out;
}

std::vector<double> singular_values(Matrix a) {
  require_finite("singular_values", a);
  const std::int64_t m = a.shape[0], n = a.shape[1];
  if (std::min(m, n) < two_stage_order) return svd(std::move(a), false).s;
  if (m != n) a = qr_r(m > n ? a : transpose(a));
  return two_stage_singular_values(std::move(a));
}

std::vector<double> kronecker_singular_values(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> products;
  for (const double left : a)
    for (const double right : b) products.push_back(left * right);
  std::ranges::sort(products, std::greater<>());
  return products;
}

Eigh eigh(Matrix a, bool vectors) {
  require_finite("eigh", a);
  require_square("eigh", a);
  require_symmetric(a);
  int n = blas_int(a.shape[0]), liwork = 3 + 5 * n;
  std::vector<double> ascending(n);
  if (n == 0) return {{}, vectors ? std::move(a) : Matrix()};
  std::vector<int> iwork(liwork);
  with_workspace("dsyevd", a.shape, [&](double* work, const int* lwork, int* info) {
    dsyevd_(vectors ? "V" : "N", "U", &n, a.data.data(), &n, ascending.data(), work, lwork, iwork.data(), &liwork, info,
            1, 1);
  });
  Eigh out{{ascending.rbegin(), ascending.rend()}, {}};
  if (!vectors) return out;
  out.vectors = Matrix(a.shape);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) out.vectors(i, j) = a(n - 1 - j, i);  // LAPACK's vector j is our row j
  return out;
}

Matrix qr_r(const Matrix& a) {
  require_finite("qr_r", a);
  int m = blas_int(a.shape[0]), n = blas_int(a.shape[1]), k = std::min(m, n);
  Matrix r({k, n});
  if (k == 0) return r;
  Matrix columns = transpose(a);  // faster than the LQ of the row-major memory, whose panels are strided
  std::vector<double> tau(k);
  with_workspace("dgeqrf", a.shape, [&](double* work, const int* lwork, int* info) {
    dgeqrf_(&m, &n, columns.data.data(), &m, tau.data(), work, lwork, info);
  });
  for (int i = 0; i < k; ++i)
    for (int j = i; j < n; ++j) r(i, j) = columns(j, i);
  return r;
}

Matrix solve(const Matrix& a, const Matrix& b) {
  require_finite("solve", a);
  require_finite("solve", b);
  require_square("solve", a);
  if (b.shape[0] != a.shape[0])
    throw ShapeError(fmt::format("solve: matrix {} and right side {} differ in rows", a.shape.str(), b.shape.str()));
  int n = blas_int(a.shape[0]), p = blas_int(b.shape[1]), info = 0;
  if (n == 0 || p == 0) return b;
  Matrix lu = a, x = transpose(b);  // column-major, lu holds a^T: "T" below solves with a
  std::vector<int> pivots(n);
  dgetrf_(&n, &n, lu.data.data(), &n, pivots.data(), &info);
  if (info != 0)
    throw NumericalError(fmt::format("solve: matrix {} is singular; help: see its null_space", a.shape.str()));
  dgetrs_("T", &n, &p, lu.data.data(), &n, pivots.data(), x.data.data(), &n, &info, 1);
  return transpose(x);
}

Matrix matmul(const Matrix& a, const Matrix& b, bool ta, bool tb) {
  require_matrix("matmul", a);
  require_matrix("matmul", b);
  std::int64_t m = a.shape[ta], k = a.shape[!ta], n = b.shape[!tb];
  if (b.shape[tb] != k)
    throw ShapeError(fmt::format("matmul: {}{} times {}{} do not fit", a.shape.str(), ta ? "^T" : "", b.shape.str(),
                                 tb ? "^T" : ""));
  Matrix c({m, n});
  gemm(ta, tb, m, n, k, 1.0, a.data.data(), a.shape[1], b.data.data(), b.shape[1], 0.0, c.data.data(), n);
  return c;
}

Matrix identity(std::int64_t n) {
  Matrix eye({n, n});
  for (std::int64_t i = 0; i < n; ++i) eye(i, i) = 1;
  return eye;
}

void project_away(const Matrix& Q, Matrix& rows) {
  if (Q.size() == 0 || rows.size() == 0) return;
  const Matrix along = matmul(rows, Q, false, true);
  const std::int64_t k = Q.shape[0], n = Q.shape[1];
  gemm(false, false, rows.shape[0], n, k, -1.0, along.data.data(), k, Q.data.data(), n, 1.0, rows.data.data(), n);
}

Matrix transpose(const Matrix& a) {
  require_matrix("transpose", a);
  std::int64_t m = a.shape[0], n = a.shape[1];
  constexpr std::int64_t tile = 32;  // both sides of a tile stay in the first-level cache
  Matrix t({n, m});
  for (std::int64_t i0 = 0; i0 < m; i0 += tile)
    for (std::int64_t j0 = 0; j0 < n; j0 += tile)
      for (std::int64_t i = i0; i < std::min(m, i0 + tile); ++i)
        for (std::int64_t j = j0; j < std::min(n, j0 + tile); ++j) t[j * m + i] = a[i * n + j];
  return t;
}

// In LAPACK's order the rows are columns.
void orthonormalise(Matrix& rows) {
  require_finite("orthonormalise", rows);
  if (rows.shape[0] > rows.shape[1])
    throw ShapeError(fmt::format("orthonormalise: {} given, wanted no more rows than columns", rows.shape.str()));
  if (rows.size() == 0) return;
  const int n = blas_int(rows.shape[1]), m = blas_int(rows.shape[0]), lwork = 64 * m;
  std::vector<double> tau(m), work(lwork);
  int info = 0;
  dgeqrf_(&n, &m, rows.data.data(), &n, tau.data(), work.data(), &lwork, &info);
  dorgqr_(&n, &m, &m, rows.data.data(), &n, tau.data(), work.data(), &lwork, &info);
}

// R has the null space of a and at most n rows; zero rows below it make the thin SVD return all n right vectors.
Matrix null_space(const Matrix& a, double relative_tolerance) {
  Matrix r = qr_r(a);
  std::int64_t n = a.shape[1];
  if (r.shape[0] == 0) return identity(n);
  r.data.resize(n * n);
  auto [u, s, vt] = svd(Matrix({n, n}, std::move(r.data)));
  std::int64_t rank = decide_rank(s, relative_tolerance).rank;
  vt.data.erase(vt.data.begin(), vt.data.begin() + rank * n);
  return transpose(Matrix({n - rank, n}, std::move(vt.data)));
}

Matrix range_basis(const Matrix& a, double relative_tolerance) {
  auto [u, s, vt] = svd(a);
  std::int64_t rank = decide_rank(s, relative_tolerance).rank;
  Matrix basis({a.shape[0], rank});
  for (std::int64_t i = 0; i < basis.shape[0]; ++i) std::copy_n(u.row(i).begin(), rank, basis.row(i).begin());
  return basis;
}

}  // namespace basin
