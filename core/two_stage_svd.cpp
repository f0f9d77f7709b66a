#include "core/two_stage_svd.h"

#include <algorithm>

#include "core/blas.h"

extern "C" {
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dgelqf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dormqr_(const char* side, const char* trans, const int* m, const int* n, const int* k, const double* a,
             const int* lda, const double* tau, double* c, const int* ldc, double* work, const int* lwork, int* info,
             std::size_t, std::size_t);
void dormlq_(const char* side, const char* trans, const int* m, const int* n, const int* k, const double* a,
             const int* lda, const double* tau, double* c, const int* ldc, double* work, const int* lwork, int* info,
             std::size_t, std::size_t);
void dgbbrd_(const char* vect, const int* m, const int* n, const int* ncc, const int* kl, const int* ku, double* ab,
             const int* ldab, double* d, double* e, double* q, const int* ldq, double* pt, const int* ldpt, double* c,
             const int* ldc, double* work, int* info, std::size_t);
void dlasq1_(const int* n, double* d, double* e, double* work, int* info);
}

namespace basin {
namespace {

// Above the diagonal; the panels' width. More than 32, at which LAPACK turns to unblocked code.
constexpr int panel = 64;

void check(int info, const char* routine, std::int64_t n) {
  if (info != 0)
    throw NumericalError(std::string(routine) + ": no convergence on a matrix of order " + std::to_string(n) +
                         " (info " + std::to_string(info) + ")");
}

// Column-major a[n,n] to upper band form: a panel's columns by QR, then the rows to its right by LQ, and on.
void to_band(int n, double* a) {
  const int lwork = std::max(1, n) * 64;
  std::vector<double> tau(panel), work(lwork);
  auto at = [=](int row, int col) { return a + row + std::ptrdiff_t(col) * n; };
  int info = 0;
  for (int i = 0; i < n; i += panel) {
    const int width = std::min(panel, n - i), rows = n - i, right = n - i - width;
    dgeqrf_(&rows, &width, at(i, i), &n, tau.data(), work.data(), &lwork, &info);
    if (right == 0) break;
    dormqr_("L", "T", &rows, &right, &width, at(i, i), &n, tau.data(), at(i, i + width), &n, work.data(), &lwork, &info,
            1, 1);
    const int reflectors = std::min(width, right), below = n - i - width;
    dgelqf_(&width, &right, at(i, i + width), &n, tau.data(), work.data(), &lwork, &info);
    dormlq_("R", "T", &below, &right, &reflectors, at(i, i + width), &n, tau.data(), at(i + width, i + width), &n,
            work.data(), &lwork, &info, 1, 1);
  }
}

}  // namespace

std::vector<double> two_stage_singular_values(Matrix a) {
  const int n = blas_int(a.shape[0]), ku = std::min(panel, std::max(0, n - 1)), ldab = ku + 1, zero = 0, one = 1;
  if (n == 0) return {};
  to_band(n, a.data.data());
  std::vector<double> ab(std::size_t(ldab) * n), d(n), e(n), work(4 * std::size_t(n));
  for (int col = 0; col < n; ++col)
    for (int row = std::max(0, col - ku); row <= col; ++row)
      ab[std::size_t(col) * ldab + ku + row - col] = a.data[row + std::size_t(col) * n];
  int info = 0;
  double unused = 0;
  dgbbrd_("N", &n, &n, &zero, &zero, &ku, ab.data(), &ldab, d.data(), e.data(), &unused, &one, &unused, &one, &unused,
          &one, work.data(), &info, 1);
  check(info, "dgbbrd", n);
  dlasq1_(&n, d.data(), e.data(), work.data(), &info);
  check(info, "dlasq1", n);
  return d;
}

}  // namespace basin
