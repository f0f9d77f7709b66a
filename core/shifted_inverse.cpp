#include "core/shifted_inverse.h"

#include <algorithm>

#include "core/blas.h"
#include "core/parallel.h"

extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
void dpotrs_(const char* uplo, const int* n, const int* nrhs, const double* a, const int* lda, double* b,
             const int* ldb, int* info, std::size_t);
}

namespace basin {
namespace {

constexpr std::int64_t rows_at_once = 64;

}  // namespace

ShiftedInverse::ShiftedInverse(Matrix gram, double largest) : n_(blas_int(gram.rows())), factor_(std::move(gram)) {
  for (std::int64_t i = 0; i < n_; ++i) factor_(i, i) += shift * largest;
  int info = 0;
  dpotrf_("L", &n_, factor_.data.data(), &n_, &info, 1);
  found_ = info == 0;
}

void ShiftedInverse::apply(Matrix& rows, int threads) const {
  const std::int64_t blocks = (rows.rows() + rows_at_once - 1) / rows_at_once;
  parallel_for(threads, blocks, [&](std::int64_t block, int) {
    const std::int64_t first = block * rows_at_once;
    const int count = int(std::min(rows_at_once, rows.rows() - first));
    int info = 0;
    dpotrs_("L", &n_, &count, factor_.data.data(), &n_, rows.row(first).data(), &n_, &info, 1);
  });
}

}  // namespace basin
