#include "core/inertia.h"

#include <algorithm>
#include <vector>

#include "core/blas.h"

extern "C" void dsytrf_(const char* uplo, const int* n, double* a, const int* lda, int* pivots, double* work,
                        const int* lwork, int* info, std::size_t);

namespace basin {

// Row-major is transposed for LAPACK: its upper triangle is our lower one. A pivot of two rows has one eigenvalue on
// each side of zero, for that is when two rows are taken.
std::int64_t eigenvalues_below(Matrix a, double cutoff) {
  const int n = blas_int(a.rows()), lwork = 64 * std::max(1, n);
  if (n == 0) return 0;
  for (int i = 0; i < n; ++i) a(i, i) -= cutoff;
  std::vector<int> pivots(static_cast<std::size_t>(n));
  std::vector<double> work(static_cast<std::size_t>(lwork));
  int info = 0;
  dsytrf_("U", &n, a.data.data(), &n, pivots.data(), work.data(), &lwork, &info, 1);
  std::int64_t below = 0;
  for (int i = 0; i < n; ++i) {
    if (pivots[std::size_t(i)] > 0)
      below += a(i, i) < 0;
    else
      ++below, ++i;
  }
  return below;
}

}  // namespace basin
