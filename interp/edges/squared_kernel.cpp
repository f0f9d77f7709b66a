#include "interp/edges/squared_kernel.h"

#include "core/blas.h"
#include "core/lapack.h"

namespace basin::interp {

SquaredKernel::SquaredKernel(const DenseSection& section, const Matrix& C_pinv, const Matrix& C_next)
    : A_(matmul(C_pinv, section.weight)),
      into_by_column_(transpose(A_)),
      D_(section.behind(C_next)),
      linear_(!section.activation) {
  if (section.reads_out()) past_ = transpose(matmul(matmul(C_pinv, section.skip), C_next));
}

void SquaredKernel::add(std::span<const double> features, std::span<const double> slopes, Matrix& E) const {
  if (linear_) return add_linear(features, E);
  const std::int64_t r = A_.rows(), columns = A_.cols(), out = D_.cols(), rows = std::ssize(features) / r;
  std::vector<double> left(columns * r), right(columns * out), Jf(out * r);
  for (std::int64_t x = 0; x < rows; ++x) {
    const double* f = features.data() + x * r;
    std::int64_t active = 0;
    for (std::int64_t h = 0; h < columns; ++h) {
      const double slope = slopes[x * columns + h];
      if (slope == 0) continue;
      const double *a = into_by_column_.row(h).data(), *c = D_.row(h).data();
      for (std::int64_t j = 0; j < r; ++j) left[active * r + j] = a[j] * f[j];
      for (std::int64_t i = 0; i < out; ++i) right[active * out + i] = c[i] * slope;
      ++active;
    }
    for (std::int64_t k = 0; k < past_.size(); ++k) Jf[k] = past_[k] * f[k % r];
    gemm(true, false, out, r, active, 1.0, right.data(), out, left.data(), r, past_.size() ? 1.0 : 0.0, Jf.data(), r);
    for (std::int64_t k = 0; k < E.size(); ++k) E[k] += Jf[k] * Jf[k];
  }
}

// J is one for all samples.
void SquaredKernel::add_linear(std::span<const double> features, Matrix& E) const {
  const std::int64_t r = A_.rows(), out = D_.cols();
  std::vector<double> squares(r);
  for (std::size_t i = 0; i < features.size(); ++i) squares[i % r] += features[i] * features[i];
  Matrix J = matmul(A_, D_);
  for (std::int64_t k = 0; k < past_.size(); ++k) J(k % r, k / r) += past_[k];
  for (std::int64_t i = 0; i < out; ++i)
    for (std::int64_t j = 0; j < r; ++j) E(i, j) += J(j, i) * J(j, i) * squares[j];
}

}  // namespace basin::interp
