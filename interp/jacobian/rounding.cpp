#include "interp/jacobian/rounding.h"

#include <cmath>

#include "core/lapack.h"

namespace basin::interp {
namespace {

Matrix magnitudes(Matrix a) {
  for (double& v : a.data) v = std::abs(v);
  return a;
}

// u |a| |w| + error |w'|, w' without the constant's column if `error` has none; op transposes.
Matrix error_of_product(const Matrix& a, const Matrix& error, const Matrix& w, bool transposed) {
  Matrix sum = error;
  for (std::int64_t i = 0; i < sum.size(); ++i) sum[i] += unit_roundoff * std::abs(a[i]);
  return matmul(sum, magnitudes(w), false, transposed);
}

// The constant's column, exact, behind the others if there is one.
Matrix with_constant(const Matrix& error, std::int64_t columns) {
  Matrix out({error.rows(), columns});
  for (std::int64_t x = 0; x < error.rows(); ++x) std::ranges::copy(error.row(x), out.row(x).begin());
  return out;
}

// Zero where the activation is: the neuron is off there. `repeat` rows of `error` belong to one of `f`.
void keep_where_on(Matrix& error, const Matrix& f, std::int64_t repeat) {
  for (std::int64_t row = 0; row < error.rows(); ++row)
    for (std::int64_t i = 0; i < error.cols(); ++i)
      if (f(row / repeat, i) == 0) error(row, i) = 0;
}

}  // namespace

std::vector<FullTable> roundings(const ReluNet& net, const std::vector<FullTable>& tables) {
  const std::size_t layers = tables.size();
  const std::int64_t k = net.widths().back();
  std::vector<FullTable> errors(layers);
  errors[0].F = Matrix(tables[0].F.shape);
  for (std::size_t l = 0; l + 1 < layers; ++l) {
    const Matrix w = centered_weight(net, std::int64_t(l));
    const Matrix pre = error_of_product(tables[l].F, errors[l].F, w, true);
    errors[l + 1].F = with_constant(pre, tables[l + 1].F.cols());
    keep_where_on(errors[l + 1].F, tables[l + 1].F, 1);
  }
  errors[layers - 1].B = Matrix(tables[layers - 1].B.shape);
  for (std::size_t l = layers - 1; l > 0; --l) {
    errors[l - 1].B = error_of_product(tables[l].B, errors[l].B, net.weights[l], false);
    keep_where_on(errors[l - 1].B, tables[l].F, k);
  }
  return errors;
}

}  // namespace basin::interp
