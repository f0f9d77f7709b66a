#include "interp/jacobian/model_spectrum.h"

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/jacobian/model_jacobian.h"

namespace basin::interp {
namespace {

// Parameters that no output notices, those of dead neurons say: their columns would only make the decomposition larger.
Matrix without_zero_columns(const Matrix& J) {
  std::vector<char> seen(std::size_t(J.cols()));
  for (std::int64_t i = 0; i < J.rows(); ++i)
    for (std::int64_t j = 0; j < J.cols(); ++j) seen[std::size_t(j)] |= J(i, j) != 0;
  std::vector<std::int64_t> places;
  for (std::int64_t j = 0; j < J.cols(); ++j)
    if (seen[std::size_t(j)]) places.push_back(j);
  return columns_at(J, places);
}

// Of J or J^T, whichever has fewer columns: of its R, which has fewer rows too.
std::vector<double> values_of(Matrix J) {
  J = without_zero_columns(J);
  if (J.size() == 0) return {};
  if (J.rows() < J.cols()) J = transpose(J);
  return singular_values(qr_r(J));
}

}  // namespace

JacobianSpectrum model_spectrum(const ModelPoint& model, const Inputs& data, const SweepOptions& options,
                                double relative_tolerance) {
  ModelJacobian jacobian(model, data, options);
  JacobianSpectrum s{.rows = jacobian.rows(), .parameters = jacobian.parameters()};
  s.singular_values = values_of(jacobian.jacobian_at(model.parameters.flat()));
  s.singular_values.resize(std::size_t(std::min(s.rows, s.parameters)));
  s.rank = decide_rank(s.singular_values, relative_tolerance);
  return s;
}

}  // namespace basin::interp
