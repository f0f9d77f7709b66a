// An orthonormal basis of directions that come in families, one behind the other.
#pragma once
#include "core/lapack.h"

namespace basin::interp {

class IndependentMoves {
 public:
  // Of moves of length 1: what is left of them outside the directions known before. Rounding of 1e-16 in a move is then
  // below 1e-9 of the direction left of it.
  static constexpr Ruler ruler{.tolerance = 1e-7, .rounding = 1e-13, .scale = 1};

  explicit IndependentMoves(std::int64_t columns) : basis_({0, columns}) {}

  // Appends orthonormal rows for what these rows [any, columns], of length about 1, add to the span.
  void add(Matrix rows);
  const Matrix& basis() const { return basis_; }

 private:
  Matrix basis_;
};

}  // namespace basin::interp
