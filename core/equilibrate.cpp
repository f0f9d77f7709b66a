#include "core/equilibrate.h"

#include <cmath>

namespace basin {
namespace {

void scale_rows(Matrix& a) {
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    double square = 0;
    for (double v : a.row(i)) square += v * v;
    const double scale = unit_scale(std::sqrt(square));
    for (double& v : a.row(i)) v *= scale;
  }
}

void scale_columns(Matrix& a) {
  std::vector<double> scale(a.cols());
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) scale[j] += a(i, j) * a(i, j);
  for (double& s : scale) s = unit_scale(std::sqrt(s));
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) a(i, j) *= scale[j];
}

}  // namespace

Matrix equilibrated(Matrix a) {
  if (a.size() == 0) return a;
  for (int step = 0; step < equilibration_steps; ++step) {
    scale_rows(a);
    scale_columns(a);
  }
  return a;
}

double unit_scale(double length) { return length > 0 ? std::exp2(-std::round(std::log2(length))) : 1; }

}  // namespace basin
