// Singular values and null spaces of J~ (interp/scaled_jacobian.h), or of some of its layers (docs/theory.md §3.4), by
// its products.
#pragma once
#include "interp/jacobian_products.h"

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

// All singular values, as many as columns. Accurate as core/product_svd.h says, for decisions at `tolerance`.
std::vector<double> singular_values(const ScaledTables& a, double tolerance, int threads);

// Of a restricted to orthonormal rows [m, columns()]: m of them, descending.
std::vector<double> singular_values_along(const ScaledTables& a, const Matrix& rows, int threads);

// The singular values, and the directions in which they are at most `cutoff`, or all others: whichever are fewer.
struct LowSpace {
  std::vector<double> values{};  // as many as columns
  std::int64_t low = 0;          // how many of them are at most `cutoff`
  Matrix basis{};                // orthonormal rows [any, columns()]
  bool basis_is_low = true;

  // Takes from rows [any, columns()] their part in the low directions.
  void project_away_low(Matrix& rows) const;
};
LowSpace low_space(const ScaledTables& a, double cutoff, int threads);

}  // namespace basin::interp
