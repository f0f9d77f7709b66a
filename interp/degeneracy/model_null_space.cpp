#include "interp/degeneracy/model_null_space.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/degeneracy/independent_moves.h"

namespace basin::interp {
namespace {

// Orthonormal rows that span the combinations of orthonormal rows along which J~ is at most the cut-off.
Matrix low_combinations(const Matrix& r, const Matrix& rows, double cutoff) {
  const std::int64_t m = rows.rows();
  Matrix image = qr_r(matmul(r, rows, false, true));
  image.data.resize(m * m);  // zero rows: all right vectors come out
  image.shape = {m, m};
  const Svd parts = svd(std::move(image));
  const auto kept = std::ranges::count_if(parts.s, [&](double v) { return v > cutoff; });
  return matmul(rows_of(parts.Vt, kept, m - kept), rows);
}

Matrix stacked(Matrix above, const Matrix& below) {
  above.data.insert(above.data.end(), below.data.begin(), below.data.end());
  above.shape = {above.shape[0] + below.shape[0], below.shape[1]};
  return above;
}

// What `rows` add to orthonormal rows `known`, orthonormal.
Matrix beyond(const Matrix& known, Matrix rows) {
  IndependentMoves more(rows.cols());
  for (int twice = 0; twice < 2; ++twice) project_away(known, rows);
  more.add(std::move(rows));
  return more.basis();
}

}  // namespace

NullSpace model_null_space(const ModelSubject& s) {
  const ScaledModelJacobian& J = s.jacobian;
  const double scale = s.found.jacobian.scale, cutoff = s.found.tolerance * scale;
  IndependentMoves all(J.parameters());
  Matrix null({0, J.parameters()});
  std::vector<std::string> labels;
  const auto take = [&](const Matrix& low, const std::string& label) {
    const Matrix more = beyond(null, low);
    null = stacked(std::move(null), more);
    labels.resize(static_cast<std::size_t>(null.rows()), label);
  };
  for (const MoveFamily& family : s.families) {
    all.add(J.in_columns(family.moves));
    take(low_combinations(J.r, all.basis(), cutoff), family.label);
  }
  take(low_combinations(J.r, identity(J.parameters()), cutoff), "unexplained");
  Matrix rows = J.from_columns(null);
  if (rows.rows() > 0) orthonormalise(rows);
  const Matrix columns = J.in_columns(rows), seen = matmul(columns, J.r, false, true);
  NullSpace space{.basis = Matrix({0, J.parameters()}), .labels = {}, .residuals = {}};
  for (std::int64_t e = 0; e < rows.rows(); ++e) {
    const double length = std::sqrt(dot(columns.row(e), columns.row(e)));
    const double residual = scale > 0 ? std::sqrt(dot(seen.row(e), seen.row(e))) / length / scale : 0;
    if (residual > null_residual) {
      space.not_null.push_back({labels[e], residual});
      continue;
    }
    space.basis = stacked(std::move(space.basis), rows_of(rows, e, 1));
    space.labels.push_back(labels[e]);
    space.residuals.push_back(residual);
  }
  return space;
}

}  // namespace basin::interp
