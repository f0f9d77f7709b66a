#include "interp/jacobian/scaled_model_jacobian.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/equilibrate.h"
#include "core/lapack.h"
#include "core/rng.h"
#include "interp/jacobian/model_jacobian.h"
#include "interp/jacobian/scaled_jacobian.h"

namespace basin::interp {
namespace {

std::vector<double> next_to(std::span<const double> theta) {
  Rng rng(0, "scaled_model_jacobian");
  std::vector<double> moved(theta.begin(), theta.end());
  for (double& v : moved)
    v = std::nextafter(v, (rng.next_u64() & 1 ? 1 : -1) * std::numeric_limits<double>::infinity());
  return moved;
}

void scale_rows(Matrix& J, Matrix& error) {
  for (std::int64_t i = 0; i < J.rows(); ++i) {
    double square = 0;
    for (const double v : J.row(i)) square += v * v;
    const double scale = unit_scale(std::sqrt(square));
    for (double& v : J.row(i)) v *= scale;
    for (double& v : error.row(i)) v *= scale;
  }
}

std::vector<double> column_squares(const Matrix& a) {
  std::vector<double> squares(static_cast<std::size_t>(a.cols()));
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) squares[j] += a(i, j) * a(i, j);
  return squares;
}

void scale_columns(Matrix& J, Matrix& error, std::vector<double>& total) {
  std::vector<double> scale = column_squares(J);
  const std::vector<double> off = column_squares(error);
  for (std::size_t j = 0; j < scale.size(); ++j) {
    scale[j] = unit_scale(std::max(std::sqrt(scale[j]), std::sqrt(off[j]) / rounding_target));
    total[j] *= scale[j];
  }
  for (Matrix* a : {&J, &error})
    for (std::int64_t i = 0; i < a->rows(); ++i)
      for (std::int64_t j = 0; j < a->cols(); ++j) (*a)(i, j) *= scale[j];
}

}  // namespace

Matrix ScaledModelJacobian::in_columns(Matrix directions) const {
  for (std::int64_t e = 0; e < directions.rows(); ++e) {
    double square = 0;
    for (std::int64_t p = 0; p < directions.cols(); ++p) {
      double& v = directions(e, p);
      v /= scale[p];
      square += v * v;
    }
    for (double& v : directions.row(e)) v *= unit_scale(std::sqrt(square));
  }
  return directions;
}

Matrix ScaledModelJacobian::from_columns(Matrix directions) const {
  for (std::int64_t e = 0; e < directions.rows(); ++e)
    for (std::int64_t p = 0; p < directions.cols(); ++p) directions(e, p) *= scale[p];
  return directions;
}

ScaledModelJacobian scaled_model_jacobian(const ModelPoint& model, const Inputs& data, const SweepOptions& options) {
  ModelJacobian jacobian(model, data, options);
  ScaledModelJacobian out{.samples = jacobian.samples(), .outputs = jacobian.outputs()};
  const std::span<const double> theta = model.parameters.flat();
  Matrix J = jacobian.jacobian_at(theta), error = jacobian.jacobian_at(next_to(theta));
  for (std::int64_t i = 0; i < J.size(); ++i) error[i] -= J[i];
  out.scale.assign(theta.size(), 1.0);
  for (int step = 0; step < equilibration_steps; ++step) {
    scale_rows(J, error);
    scale_columns(J, error, out.scale);
  }
  for (const double square : column_squares(error)) out.rounding = std::max(out.rounding, std::sqrt(square));
  out.r = qr_r(J);
  return out;
}

}  // namespace basin::interp
