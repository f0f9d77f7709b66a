// Singular values of a matrix A that is never held: from its Gram matrix, which a structure may make cheap, and from
// products with A (docs/theory.md §1.3). Integer ranks can be decided on them: every value is right to a few eps of the
// largest, except that those above `gram_resolves` times it are right to 1e-10 of it only.
//
// Eigenvalues of A^T A are good to eps in units of the largest, so a singular value s (largest: 1) comes out with an
// error of eps / s: fine above 1e-5, worthless below 1e-8 (core/rank.h). The subspace of the small ones is found by
// inverse iteration on a block Z. Each step takes its residual Z A^T A through the product A Z^T, whose rounding is eps
// where that of the Gram matrix would be eps / s; what is left of the large ones in Z shrinks by (s_small / s_large)^2
// and at last costs a few eps. There the small values are those of A Z^T, by QR.
#pragma once
#include <functional>
#include <vector>

#include "core/tensor.h"

namespace basin {

inline constexpr double gram_resolves = 1e-5;

// From this number of columns on it is faster than a QR of A.
inline constexpr std::int64_t product_svd_order = 256;

// A, [any, n].
struct ProductMatrix {
  std::int64_t columns = 0;                             // n
  std::function<Matrix()> gram{};                       // A^T A, [n, n]
  std::function<Matrix(const Matrix& z)> normal{};      // z A^T A for rows z [m, n], as (z A^T) A
  std::function<Matrix(const Matrix& z)> r_of_image{};  // R of the QR of A z^T: [any, m]
};

struct ProductSvd {
  std::vector<double> values{};  // n, descending
  Matrix lowest{};               // [any, n], orthonormal rows: right singular vectors of as many values at the end
};

// All singular values, and if asked for vectors of at least those below relative_tolerance times the largest. By QR of
// A, the image of the identity, for few columns and where more than a third or so of the values are small: the block is
// then no saving. NumericalError if an iteration of LAPACK does not converge. Bit-equal for any number of threads if
// the products are.
ProductSvd product_svd(const ProductMatrix& a, double relative_tolerance, int threads, bool vectors = true);

}  // namespace basin
