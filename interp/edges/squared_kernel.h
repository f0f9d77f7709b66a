// Squared edges of a dense section without gradients: J = A diag(a') D + R with A = C^+ W~, D = V C' and R = C^+ S C',
// for each sample one product of the rows whose slope is not zero. About half of a ReLU layer is silent on a sample and
// costs nothing.
#pragma once
#include "interp/basis/folded.h"

namespace basin::interp {

class SquaredKernel {
 public:
  SquaredKernel(const DenseSection& section, const Matrix& C_pinv, const Matrix& C_next);

  const Matrix& into() const { return A_; }  // A [features, columns of W~]: p = f^ A

  // Adds sum_x (J_ji(x) f^_j)^2 to E [features', features]: features [rows, features] and slopes a' [rows, columns].
  void add(std::span<const double> features, std::span<const double> slopes, Matrix& E) const;

 private:
  void add_linear(std::span<const double> features, Matrix& E) const;
  Matrix A_, into_by_column_;  // A, and A^T
  Matrix D_, past_;            // D, and R^T; without a residual stream that is empty
  bool linear_;
};

}  // namespace basin::interp
