#include "core/two_stage_eigenvalues.h"

#include <algorithm>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/parallel.h"

extern "C" {
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dlarft_(const char* direct, const char* storev, const int* n, const int* k, const double* v, const int* ldv,
             const double* tau, double* t, const int* ldt, std::size_t, std::size_t);
void dsbtrd_(const char* vect, const char* uplo, const int* n, const int* kd, double* ab, const int* ldab, double* d,
             double* e, double* q, const int* ldq, double* work, int* info, std::size_t, std::size_t);
void dsterf_(const int* n, double* d, double* e, int* info);
}

namespace basin {
namespace {

constexpr int band = 64;                 // above the diagonal; the panels' width
constexpr std::int64_t tile_rows = 512;  // of what a thread updates at a time

// Q = 1 - V T V^T of a panel. Matrices here are row-major, which for LAPACK is transposed.
struct Reflectors {
  Matrix Vt, Tt;  // [width, rows], [width, width]
};

// The rows [first, first + band) right of their diagonal block become lower triangular, their part in the band.
Reflectors eliminate(Matrix& a, int first) {
  const int n = int(a.rows()), right = first + band, rows = n - right, width = std::min(band, rows), lwork = 64 * band;
  std::vector<double> tau(width), work(lwork);
  double* panel = &a(first, right);
  int info = 0;
  const int columns = band;
  dgeqrf_(&rows, &columns, panel, &n, tau.data(), work.data(), &lwork, &info);
  Reflectors q{Matrix({width, rows}), Matrix({width, width})};
  dlarft_("F", "C", &rows, &width, panel, &n, tau.data(), q.Tt.data.data(), &width, 1, 1);
  for (int i = 0; i < width; ++i) {
    q.Vt(i, i) = 1;
    std::copy(panel + std::ptrdiff_t(i) * n + i + 1, panel + std::ptrdiff_t(i) * n + rows, q.Vt.row(i).begin() + i + 1);
  }
  return q;
}

// The last rows of n in tiles that start at multiples of tile_rows of n, whatever has been eliminated: a tile's square
// on the diagonal is held in full, and would not be if the tiles moved. Counts from the first of the rows.
void for_tiles(std::int64_t n, std::int64_t rows, int threads,
               const std::function<void(std::int64_t first, std::int64_t end)>& f) {
  const std::int64_t from = n - rows, before = from / tile_rows;
  parallel_for(threads, (n + tile_rows - 1) / tile_rows - before, [&](std::int64_t index, int) {
    const std::int64_t tile = (before + index) * tile_rows;
    f(std::max(tile, from) - from, std::min(tile + tile_rows, n) - from);
  });
}

// y S for the symmetric S in the last rows and columns of a; left of the diagonal tiles a is not read.
Matrix times_symmetric(const Matrix& y, const Matrix& a, int threads) {
  const std::int64_t n = a.cols(), rows = y.cols(), from = n - rows, width = y.rows();
  Matrix product(y.shape);
  for_tiles(n, rows, threads, [&](std::int64_t first, std::int64_t end) {
    const std::int64_t count = end - first;
    gemm(false, false, width, count, end, 1.0, y.data.data(), rows, &a(from, from + first), n, 0.0, &product(0, first),
         rows);
    if (end < rows)
      gemm(false, true, width, count, rows - end, 1.0, &y(0, end), rows, &a(from + first, from + end), n, 1.0,
           &product(0, first), rows);
  });
  return product;
}

// S - V X^T - X V^T with X = W - V (T^T V^T W) / 2 and W = S V T, which is Q^T S Q.
void update(Matrix& a, const Reflectors& q, int threads) {
  const std::int64_t n = a.cols(), rows = q.Vt.cols(), from = n - rows, width = q.Vt.rows();
  Matrix Xt = times_symmetric(matmul(q.Tt, q.Vt), a, threads);
  const Matrix middle = matmul(q.Tt, matmul(q.Vt, Xt, false, true));
  gemm(false, false, width, rows, width, -0.5, middle.data.data(), width, q.Vt.data.data(), rows, 1.0, Xt.data.data(),
       rows);
  Matrix left = q.Vt, right = Xt;
  left.data.insert(left.data.end(), Xt.data.begin(), Xt.data.end());
  right.data.insert(right.data.end(), q.Vt.data.begin(), q.Vt.data.end());
  for_tiles(n, rows, threads, [&](std::int64_t first, std::int64_t end) {
    gemm(true, false, end - first, rows - first, 2 * width, -1.0, left.data.data() + first, rows,
         right.data.data() + first, rows, 1.0, &a(from + first, from + first), n);
  });
}

}  // namespace

std::vector<double> two_stage_eigenvalues(Matrix a, int threads) {
  const int n = blas_int(a.rows()), kd = std::min(band, std::max(0, n - 1)), ldab = kd + 1, one = 1;
  if (n == 0) return {};
  for (int first = 0; first + band < n; first += band) update(a, eliminate(a, first), threads);
  std::vector<double> ab(std::size_t(ldab) * n), d(n), e(n), work(n);
  for (int i = 0; i < n; ++i) std::copy_n(&a(i, i), std::min(kd, n - 1 - i) + 1, ab.begin() + std::ptrdiff_t(i) * ldab);
  double unused = 0;
  int info = 0;
  dsbtrd_("N", "L", &n, &kd, ab.data(), &ldab, d.data(), e.data(), &unused, &one, work.data(), &info, 1, 1);
  dsterf_(&n, d.data(), e.data(), &info);
  if (info != 0) throw NumericalError("dsterf: no convergence on a matrix of order " + std::to_string(n));
  return {d.rbegin(), d.rend()};
}

}  // namespace basin
