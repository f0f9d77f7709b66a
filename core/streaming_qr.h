// The R factor of a matrix whose rows come in pieces, in memory of O(n_cols^2) however many rows there are.
//
// R^T R = A^T A for all rows A seen so far, so R has A's singular values and row space, to rounding relative to the
// largest one: ranks at 1e-9 can be decided on it, which the Gram matrix A^T A does not allow (docs/theory.md §1.3).
// The result depends on the order of the rows alone, not on how they were split among appends, to the bit.
#pragma once
#include <cstdint>
#include <vector>

#include "core/lapack.h"

namespace basin {

class StreamingQr {
 public:
  // ShapeError if n_cols is negative. Memory grows with the rows, to at most 3 n_cols^2 numbers (and some for small).
  explicit StreamingQr(std::int64_t n_cols);
  explicit StreamingQr(const Matrix& rows);  // that has seen these

  // Adds rows [any, n_cols]. ShapeError if the columns differ, NumericalError for NaN or Inf; nothing is added then.
  void append(const Matrix& rows);
  // Adds what `other` has seen. For the same bits every time, merge the same parts in the same order.
  void merge(const StreamingQr& other) { append(other.r()); }

  Matrix r() const;                             // [min(rows seen, n_cols), n_cols], upper trapezoidal
  std::vector<double> singular_values() const;  // as many, descending
  RankDecision rank(double relative_tolerance = rank_tolerance) const;
  // Orthonormal columns [n_cols, rank] that span the rows seen, which is the range of A^T A.
  Matrix row_space(double relative_tolerance = rank_tolerance) const;

  // All that rows change (core/fields.h).
  template <class Each>
  void fields(Each& each) {
    each(buffer_);
  }

 private:
  std::int64_t n_cols_;
  std::size_t capacity_;        // numbers in the buffer at which it is reduced to its R
  std::vector<double> buffer_;  // rows: the R of what was reduced, then the rows since
};

}  // namespace basin
