// (A^T A + shift)^-1 from a Gram matrix, for inverse iteration: what is far below the shift stays, what is far above is
// wiped out. The residual has to come from A itself (core/product_svd.h).
#pragma once
#include "core/tensor.h"

namespace basin {

class ShiftedInverse {
 public:
  static constexpr double shift = 1e-13;  // of the largest eigenvalue: above the Gram matrix's rounding

  // By Cholesky; gram is symmetric [n, n], `largest` its largest eigenvalue or a number near it.
  ShiftedInverse(Matrix gram, double largest);

  bool found() const { return found_; }         // whether the matrix was positive definite
  void apply(Matrix& rows, int threads) const;  // to each row [any, n]

 private:
  int n_;
  Matrix factor_;
  bool found_ = false;
};

}  // namespace basin
