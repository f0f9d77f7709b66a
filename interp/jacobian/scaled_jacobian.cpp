#include "interp/jacobian/scaled_jacobian.h"

#include <algorithm>
#include <cmath>

#include "core/equilibrate.h"
#include "core/lapack.h"
#include "interp/jacobian/rounding.h"

namespace basin::interp {
namespace {

Matrix squares(Matrix a) {
  for (double& v : a.data) v *= v;
  return a;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::vector<double> take_medians(const ReluNet& net, std::int64_t layer, Matrix& F) {
  if (!net.has_bias(layer)) return {};
  std::vector<double> center(net.weights[layer].cols());
  for (std::size_t j = 0; j < center.size(); ++j) {
    std::vector<double> column(F.rows());
    for (std::int64_t x = 0; x < F.rows(); ++x) column[x] = F(x, std::int64_t(j));
    center[j] = median(std::move(column));
    for (std::int64_t x = 0; x < F.rows(); ++x) F(x, std::int64_t(j)) -= center[j];
  }
  return center;
}

// Squares of lengths of the columns of J^l, [d~, d]: sum over x of F_j^2 times the sum over a of r_xa^2 B_ai^2.
Matrix column_squares(const Matrix& F2, const Matrix& B2, const std::vector<double>& r) {
  const std::int64_t n = F2.rows(), k = B2.rows() / n;
  Matrix sums({n, B2.cols()});
  for (std::int64_t row = 0; row < B2.rows(); ++row)
    for (std::int64_t i = 0; i < B2.cols(); ++i) sums(row / k, i) += r[row] * r[row] * B2(row, i);
  return matmul(F2, sums, true);
}

// Adds the squares of the rows of J^l with columns scaled by c [d~, d].
void add_row_squares(std::vector<double>& rows, const Matrix& F2, const Matrix& B2, const Matrix& c) {
  const std::int64_t k = B2.rows() / F2.rows();
  const Matrix read = matmul(F2, squares(c));  // [n, d]
  for (std::int64_t row = 0; row < B2.rows(); ++row)
    for (std::int64_t i = 0; i < B2.cols(); ++i) rows[row] += read(row / k, i) * B2(row, i);
}

Matrix unit_scales(Matrix squares_of_lengths) {
  for (double& v : squares_of_lengths.data) v = unit_scale(std::sqrt(v));
  return squares_of_lengths;
}

struct Scales {
  std::vector<double> r;  // of rows
  std::vector<Matrix> c;  // of columns, by layer [d~, d]
};

// Rows and columns in turn. Rows first: columns are near each other in the network's own units, and where one row is
// much larger than the others, scaling columns would make these small instead.
Scales equilibrate(const std::vector<FullTable>& squared) {
  Scales s{std::vector<double>(squared[0].B.rows(), 1.0), {}};
  for (const FullTable& t : squared) s.c.emplace_back(Shape{t.F.cols(), t.B.cols()}, 1.0);
  for (int step = 0; step < equilibration_steps; ++step) {
    std::vector<double> rows(s.r.size());
    for (std::size_t l = 0; l < squared.size(); ++l) add_row_squares(rows, squared[l].F, squared[l].B, s.c[l]);
    std::ranges::transform(rows, s.r.begin(), [](double square) { return unit_scale(std::sqrt(square)); });
    for (std::size_t l = 0; l < squared.size(); ++l)
      s.c[l] = unit_scales(column_squares(squared[l].F, squared[l].B, s.r));
  }
  return s;
}

// Shrinks the scales of columns of which rounding is more than rounding_target.
void make_room_for_rounding(Scales& s, const std::vector<FullTable>& squared, const std::vector<FullTable>& errors) {
  for (std::size_t l = 0; l < squared.size(); ++l) {
    const Matrix dF2 = squares(errors[l].F), dB2 = squares(errors[l].B);
    const Matrix from_B = column_squares(squared[l].F, dB2, s.r), from_F = column_squares(dF2, squared[l].B, s.r);
    for (std::int64_t i = 0; i < s.c[l].size(); ++i)
      s.c[l][i] = std::min(s.c[l][i], unit_scale(std::sqrt(from_B[i] + from_F[i]) / rounding_target));
  }
}

void multiply_rows(Matrix& a, const std::vector<double>& by) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (double& v : a.row(i)) v *= by[i];
}

// Scales columns to length 1, or so that their errors have the length rounding_target; 0 for columns of zeros.
std::vector<double> scale_columns(Matrix& a, const Matrix& error) {
  std::vector<double> scale(a.cols());
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    double own = 0, off = 0;
    for (std::int64_t x = 0; x < a.rows(); ++x) own += a(x, j) * a(x, j), off += error(x, j) * error(x, j);
    if (own > 0) scale[j] = unit_scale(std::max(std::sqrt(own), std::sqrt(off) / rounding_target));
    for (std::int64_t x = 0; x < a.rows(); ++x) a(x, j) *= scale[j];
  }
  return scale;
}

void add_layer(ScaledJacobian& to, FullTable t, FullTable error, const Scales& s, const Matrix& c) {
  multiply_rows(t.B, s.r);
  multiply_rows(error.B, s.r);
  to.tables.layers.push_back(layer_table(t.F, t.B));
  for (const std::int64_t place : to.tables.layers.back().places) to.scale.push_back(c[place]);
  to.input_scale.push_back(scale_columns(t.F, error.F));
  to.output_scale.push_back(scale_columns(t.B, error.B));
  to.activations.push_back(std::move(t.F));
  to.gradients.push_back(std::move(t.B));
}

}  // namespace

ScaledJacobian scaled_jacobian(const ReluNet& net, std::vector<FullTable> tables) {
  std::vector<FullTable> errors = roundings(net, tables);
  ScaledJacobian out{{{tables.front().F.rows(), net.widths().back(), {}}, {}}};
  std::vector<FullTable> squared;
  for (std::size_t l = 0; l < tables.size(); ++l) {
    out.center.push_back(take_medians(net, std::int64_t(l), tables[l].F));
    for (std::int64_t i = 0; i < tables[l].F.size(); ++i) errors[l].F[i] += unit_roundoff * std::abs(tables[l].F[i]);
    for (std::int64_t i = 0; i < tables[l].B.size(); ++i) errors[l].B[i] += unit_roundoff * std::abs(tables[l].B[i]);
    squared.push_back({squares(tables[l].F), squares(tables[l].B)});
  }
  Scales scales = equilibrate(squared);
  make_room_for_rounding(scales, squared, errors);
  for (std::size_t l = 0; l < tables.size(); ++l)
    add_layer(out, std::move(tables[l]), std::move(errors[l]), scales, scales.c[l]);
  return out;
}

Matrix in_columns(const ScaledJacobian& jacobian, const Matrix& directions) {
  Matrix out({directions.shape[0], jacobian.columns()});
  for (std::int64_t e = 0; e < out.shape[0]; ++e) {
    const double* from = directions.row(e).data();
    std::int64_t column = 0;
    double square = 0;
    for (std::size_t l = 0; l < jacobian.gradients.size(); ++l) {
      for (const std::int64_t place : jacobian.tables.layers[l].places) {
        out(e, column) = from[place] / jacobian.scale[column];
        square += out(e, column) * out(e, column);
        ++column;
      }
      from += jacobian.activations[l].cols() * jacobian.gradients[l].cols();
    }
    for (double& v : out.row(e)) v /= square > 0 ? std::sqrt(square) : 1;
  }
  return out;
}

}  // namespace basin::interp
