#include "interp/degeneracy/null_space.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/npz.h"
#include "core/rng.h"
#include "core/shifted_inverse.h"
#include "interp/degeneracy/null_families.h"

namespace basin::interp {
namespace {

// Steps of inverse iteration: of a change by rounding alone nothing is worth taking, zeros stay zeros. Of what a step
// changes at most sqrt(ShiftedInverse::shift) / 2 is left for J~ to see: of a small change no more than rounding.
constexpr double no_change = 1e-13, small_change = 1e-9;

// Adds to each layer's biases `sign` times the centre times its weights.
void shift_biases(const Subject& s, Matrix& rows, double sign) {
  const ReluNet& net = s.net();
  const std::vector<std::int64_t> starts = layer_starts(net);
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const std::vector<double>& center = s.jacobian.center[l];
    const std::int64_t out = net.weights[l].rows(), in = std::ssize(center);
    for (std::int64_t e = 0; e < rows.shape[0]; ++e)
      for (std::int64_t j = 0; j < in; ++j)
        for (std::int64_t i = 0; i < out; ++i)
          rows(e, starts[l] + in * out + i) += sign * center[j] * rows(e, starts[l] + j * out + i);
  }
}

// Takes rows over the parameters of the network in its own units, the centre undone, to those of the given network, and
// back.
Matrix given_parameters(const Subject& s, Matrix rows) {
  shift_biases(s, rows, -1);
  for (std::int64_t e = 0; e < rows.shape[0]; ++e)
    for (std::size_t p = 0; p < s.own.scale.size(); ++p) rows(e, std::int64_t(p)) *= s.own.scale[p];
  return rows;
}

Matrix own_parameters(const Subject& s, Matrix rows) {
  for (std::int64_t e = 0; e < rows.shape[0]; ++e)
    for (std::size_t p = 0; p < s.own.scale.size(); ++p) rows(e, std::int64_t(p)) /= s.own.scale[p];
  shift_biases(s, rows, 1);
  return rows;
}

double largest_magnitude(const Matrix& a) {
  double largest = 0;
  for (double v : a.data) largest = std::max(largest, std::abs(v));
  return largest;
}

// Makes directions that are null in the network's own units orthonormal in those of the given one. Where these differ
// much, directions that are far apart in the ones are close in the others and rounding tells them apart badly; then a
// step of inverse iteration takes from each what J~ sees of it.
class OrthonormalNull {
 public:
  explicit OrthonormalNull(const Subject& s)
      : s_(s), J_(scaled_products(s.jacobian, s.threads())), inverse_(J_.gram(), s.ruler.scale * s.ruler.scale) {}

  // Rows over the parameters of the given network, in their order.
  Matrix operator()(Matrix rows) const {
    normalise(rows);
    orthonormalise(rows);
    for (int step = 0; inverse_.found() && step < 2; ++step) {
      Matrix seen = J_.normal(to_columns(s_, own_parameters(s_, rows)));
      inverse_.apply(seen, s_.threads());
      const Matrix change = given_parameters(s_, from_columns(s_, seen));
      const double size = largest_magnitude(change);
      if (size < no_change) break;
      for (std::int64_t i = 0; i < rows.size(); ++i) rows[i] -= change[i];
      orthonormalise(rows);
      if (size < small_change) break;
    }
    return rows;
  }

 private:
  const Subject& s_;
  ProductMatrix J_;
  ShiftedInverse inverse_;
};

// The largest singular value, from below, to a few percent.
double largest_singular_value(const ProductMatrix& J) {
  Matrix z({1, J.columns});
  Rng(0, "null_space").fill_normal(std::span(z.data));
  double largest = 0;
  for (int step = 0; step < 30; ++step) {
    normalise(z);
    Matrix next = J.normal(z);
    largest = 0;
    for (std::int64_t i = 0; i < z.size(); ++i) largest += z[i] * next[i];
    z = std::move(next);
  }
  return std::sqrt(std::max(largest, 0.0));
}

// J of the given network, as it is.
class Measured {
 public:
  explicit Measured(const Subject& s)
      : tables_(jacobian_tables(s.given_tables())),
        J_(jacobian_products(tables_, s.threads())),
        largest_(largest_singular_value(J_)) {
    const std::vector<std::int64_t> starts = layer_starts(s.given);
    for (std::size_t l = 0; l < tables_.layers.size(); ++l)
      for (const std::int64_t place : tables_.layers[l].places) places_.push_back(starts[l] + place);
  }

  // Turns orthonormal rows [m, N] among themselves so that the images of different ones are orthogonal, and gives their
  // lengths |J v| over the largest singular value, descending.
  std::vector<double> turn(Matrix& rows) const {
    const std::int64_t m = rows.shape[0];
    Matrix part({m, std::ssize(places_)});
    for (std::int64_t i = 0; i < m; ++i)
      for (std::size_t c = 0; c < places_.size(); ++c) part(i, std::int64_t(c)) = rows(i, places_[c]);
    Matrix r = J_.r_of_image(part);
    r.data.resize(m * m);
    r.shape = {m, m};
    Svd parts = svd(std::move(r));
    rows = matmul(parts.Vt, rows);
    for (double& s : parts.s) s = largest_ > 0 ? s / largest_ : 0;
    return parts.s;
  }

 private:
  JacobianTables tables_;
  ProductMatrix J_;
  double largest_;
  std::vector<std::int64_t> places_;
};

// Appends those of the rows, all of one label, that J finds null.
void append_null(NullSpace& space, const Measured& J, Matrix rows, const std::string& label) {
  const std::vector<double> lengths = J.turn(rows);
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) {
    if (lengths[i] > null_residual) {
      space.not_null.push_back({label, lengths[i]});
      continue;
    }
    space.basis.data.insert(space.basis.data.end(), rows.row(i).begin(), rows.row(i).end());
    space.labels.push_back(label);
    space.residuals.push_back(lengths[i]);
  }
  space.basis.shape = {std::ssize(space.labels), rows.shape[1]};
}

// Of all null directions what the labelled ones leave; nothing if these are as many.
void append_rest(NullSpace& space, const Measured& J, const OrthonormalNull& orthonormal, const Subject& s) {
  const LowSpace low = s.low_space();
  Matrix all = null_directions(s, low, 0, s.jacobian.tables.layers.size());
  const Matrix dropped = dropped_directions(s);
  all.data.insert(all.data.end(), dropped.data.begin(), dropped.data.end());
  all.shape = {all.shape[0] + dropped.shape[0], all.shape[1]};
  if (space.basis.shape[0] == all.shape[0]) return;
  all = orthonormal(given_parameters(s, std::move(all)));
  const Matrix unexplained = null_space(matmul(space.basis, all, false, true), 1e-3);
  Matrix rest = matmul(unexplained, all, true);
  for (int twice = 0; twice < 2; ++twice) project_away(space.basis, rest);
  orthonormalise(rest);
  append_null(space, J, std::move(rest), "unexplained");
}

}  // namespace

NullSpace jacobian_null_space(const Subject& s) {
  Families families = explained_families(s);
  const OrthonormalNull orthonormal(s);
  const Matrix rows = orthonormal(given_parameters(s, std::move(families.rows)));
  const Measured J(s);
  NullSpace space{.basis = Matrix({0, s.given.parameters()}), .labels = {}, .residuals = {}};
  const std::vector<std::string>& labels = families.labels;
  for (std::size_t first = 0; first < labels.size();) {
    const auto count = std::find_if(labels.begin() + first, labels.end(),
                                    [&](const std::string& label) { return label != labels[first]; }) -
                       (labels.begin() + first);
    append_null(space, J, rows_of(rows, std::int64_t(first), count), labels[first]);
    first += count;
  }
  append_rest(space, J, orthonormal, s);
  return space;
}

NullSpace jacobian_null_space(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return jacobian_null_space(subject(net, x, options));
}

void write_null_space(const std::string& path, const NullSpace& space) {
  std::vector<std::string> names;
  Tensor<std::int64_t> label({std::int64_t(space.labels.size())});
  std::size_t longest = 0;
  for (std::size_t i = 0; i < space.labels.size(); ++i) {
    if (names.empty() || names.back() != space.labels[i]) names.push_back(space.labels[i]);
    label[std::int64_t(i)] = std::int64_t(names.size()) - 1;
    longest = std::max(longest, space.labels[i].size());
  }
  Tensor<std::int64_t> codes({std::int64_t(names.size()), std::int64_t(longest)});
  for (std::size_t i = 0; i < names.size(); ++i) std::ranges::copy(names[i], codes.row(std::int64_t(i)).begin());
  NpzWriter out;
  out.add("basis", space.basis);
  out.add("residual", Tensor<double>({std::ssize(space.residuals)}, space.residuals));
  out.add("label", label);
  out.add("names", codes);
  out.save(path);
}

}  // namespace basin::interp
