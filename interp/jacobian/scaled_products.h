// Singular values and null spaces of J~ (interp/jacobian/scaled_jacobian.h), or of some of its layers (docs/theory.md
// §3.4), by its products.
#pragma once
#include "core/lapack.h"
#include "interp/jacobian/jacobian_products.h"

namespace basin::interp {

// J D: what the tables hold, column i times scale[i].
struct ScaledTables {
  JacobianTables tables{};
  std::vector<double> scale{};  // [columns()]

  std::int64_t columns() const { return tables.columns(); }
  ScaledTables layer(std::size_t l) const;
};

// The tables must outlive it; `scale` is copied.
ProductMatrix scaled_products(const ScaledTables& a, int threads);

// What was found of tables, kept for the next question about the same ones: nothing is decomposed again unless vectors
// are asked for that were not found on the way.
struct Decomposition {
  ProductSvd products{};  // by products with a
  Svd wide{};             // of a with fewer rows than columns: it is held
};

// All singular values, as many as columns. Accurate as core/product_svd.h says, for decisions at `tolerance`.
std::vector<double> singular_values(const ScaledTables& a, double tolerance, int threads, Decomposition& known);

// The singular values, and the directions in which they are at most `cutoff`; with fewer rows than columns all others,
// which are then fewer.
struct LowSpace {
  std::vector<double> values{};  // as many as columns
  std::int64_t low = 0;          // how many of them are at most `cutoff`
  Matrix basis{};                // orthonormal rows [any, columns()]
  bool basis_is_low = true;
  Matrix image{};  // of the basis if it is not low, [n k, any]

  // Rows [any, columns()] without their part in the low directions: as such, or in coordinates of the basis.
  Matrix seen(const Matrix& rows) const;
};
LowSpace low_space(const ScaledTables& a, double cutoff, int threads, Decomposition& known);

// What all layers of a see of directions [any, columns()], side by side.
Matrix seen(const std::vector<LowSpace>& layers, const Matrix& directions);

// Of a restricted to orthonormal rows [m, any] in what its layers see: m singular values, descending.
std::vector<double> singular_values_along(const ScaledTables& a, const std::vector<LowSpace>& layers,
                                          const Matrix& rows, int threads);

}  // namespace basin::interp
