#include "core/product_svd.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/shifted_inverse.h"
#include "core/two_stage_eigenvalues.h"

namespace basin {
namespace {

constexpr std::int64_t spare = 8;  // vectors beside those sought, so that the block need not hit them exactly
constexpr int steps = 3;           // each leaves shift / (10 gram_resolves)^2 = 1e-5 of the large ones, or less

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
