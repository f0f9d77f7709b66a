#include "interp/degeneracy/low_rank_moves.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/equilibrate.h"
#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

// A matrix [in, out] of parameters: the places of its numbers in the flat vector, all different.
struct Piece {
  std::vector<std::int64_t> places{};
  std::int64_t in = 0, out = 0;
};

// The columns of the features of one head, or of all.
std::vector<std::vector<std::int64_t>> columns_by_head(const ValueSpace& space, std::int64_t width) {
  const bool heads = space.kind == ValueSpace::scores || space.kind == ValueSpace::values;
  std::vector<std::vector<std::int64_t>> columns;
  for (std::int64_t i = 0; i < width; ++i) {
    const std::size_t head = heads ? std::size_t(space.unit[i]) : 0;
    columns.resize(std::max(columns.size(), head + 1));
    columns[head].push_back(i);
  }
  return columns;
}

Piece piece_of(const TracedSpaces& traced, const std::vector<std::size_t>& absorbers,
               const std::vector<std::int64_t>& columns) {
  Piece piece{.out = std::ssize(columns)};
  for (const std::size_t a : absorbers) {
    const Absorber& absorber = traced.absorbers[a];
    const std::int64_t rows = std::ssize(absorber.places) / absorber.width;
    for (std::int64_t row = 0; row < rows; ++row)
      for (const std::int64_t c : columns) piece.places.push_back(absorber.places[row * absorber.width + c]);
    piece.in += rows;
  }
  return piece;
}

// What r says of a piece, [rows of r, in out], over the parameters as they are; columns of rounding alone are 0.
Matrix seen_of(const ScaledModelJacobian& J, const Piece& p, const Ruler& ruler) {
  Matrix seen = columns_at(J.r, p.places);
  for (std::int64_t c = 0; c < seen.cols(); ++c) {
    double square = 0;
    for (std::int64_t i = 0; i < seen.rows(); ++i) square += seen(i, c) * seen(i, c);
    const bool real = std::sqrt(square) > ruler.rounding * ruler.scale;
    for (std::int64_t i = 0; i < seen.rows(); ++i) seen(i, c) *= real ? 1 / J.scale[p.places[c]] : 0;
  }
  return seen;
}

// [rows in out] to [rows out, in], or to [rows in, out].
Matrix unfolded(const Matrix& seen, const Piece& p, bool inputs) {
  if (!inputs) return {{seen.rows() * p.in, p.out}, seen.data};
  Matrix a({seen.rows() * p.out, p.in});
  for (std::int64_t r = 0; r < seen.rows(); ++r)
    for (std::int64_t i = 0; i < p.in; ++i)
      for (std::int64_t o = 0; o < p.out; ++o) a(r * p.out + o, i) = seen(r, i * p.out + o);
  return a;
}

// Rows that span {v : a v = 0}, decided on columns of length 1.
Matrix kernel(Matrix a, double tolerance) {
  std::vector<double> scale(static_cast<std::size_t>(a.cols()));
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) scale[j] += a(i, j) * a(i, j);
  for (double& s : scale) s = unit_scale(std::sqrt(s));
  const auto scale_columns = [&](Matrix& m) {
    for (std::int64_t i = 0; i < m.rows(); ++i)
      for (std::int64_t j = 0; j < m.cols(); ++j) m(i, j) *= scale[j];
  };
  scale_columns(a);
  Matrix rows = transpose(null_space(a, tolerance));
  scale_columns(rows);
  return rows;
}

// The directions of a piece along which J~ is at most the ruler's tolerance.
Matrix low_directions(const ScaledModelJacobian& J, const Piece& p, const Ruler& ruler) {
  const std::int64_t size = std::ssize(p.places);
  Matrix part = qr_r(columns_at(J.r, p.places));
  part.data.resize(size * size);  // zero rows: all right vectors come out
  part.shape = {size, size};
  const Svd parts = svd(std::move(part));
  const auto kept = std::ranges::count_if(parts.s, [&](double v) { return v > ruler.tolerance * ruler.scale; });
  Matrix rows = rows_of(parts.Vt, kept, size - kept);
  for (std::int64_t e = 0; e < rows.rows(); ++e)
    for (std::int64_t j = 0; j < size; ++j) rows(e, j) *= J.scale[p.places[j]];
  return rows;
}

class Family {
 public:
  Family(std::string label, std::int64_t parameters) : label_(std::move(label)), parameters_(parameters) {}
  double* new_row() {
    rows_.resize(rows_.size() + parameters_);
    return rows_.data() + std::ssize(rows_) - parameters_;
  }
  MoveFamily result() {
    const std::int64_t count = std::ssize(rows_) / parameters_;
    return {std::move(label_), {{count, parameters_}, std::move(rows_)}};
  }

 private:
  std::string label_;
  std::int64_t parameters_;
  std::vector<double> rows_{};
};

void add_products(Family& family, const Matrix& seen, const Piece& p, double tolerance, bool inputs) {
  const Matrix u = kernel(unfolded(seen, p, inputs), tolerance);
  for (std::int64_t e = 0; e < u.rows(); ++e)
    for (std::int64_t k = 0; k < (inputs ? p.out : p.in); ++k) {
      double* row = family.new_row();
      for (std::int64_t i = 0; i < u.cols(); ++i) row[p.places[inputs ? i * p.out + k : k * p.out + i]] = u(e, i);
    }
}

void add_conditional(Family& family, const ScaledModelJacobian& J, const Piece& p, const Ruler& ruler) {
  const Matrix low = low_directions(J, p, ruler);
  for (std::int64_t e = 0; e < low.rows(); ++e) {
    double* row = family.new_row();
    for (std::int64_t i = 0; i < low.cols(); ++i) row[p.places[i]] = low(e, i);
  }
}

// Parameters that the walk through the graph did not come to, each by itself.
std::vector<Piece> other_pieces(const ScaledModelJacobian& J, const TracedSpaces& traced) {
  std::vector<char> known(static_cast<std::size_t>(J.parameters()));
  for (const auto& absorbers : traced.written)
    for (const std::size_t a : absorbers)
      for (const std::int64_t place : traced.absorbers[a].places) known[place] = 1;
  std::vector<Piece> pieces;
  for (const auto& slice : traced.parameters) {
    const auto& shape = slice.shape;
    const std::int64_t size = slice.size, offset = slice.offset;
    if (size == 0 || known[offset]) continue;
    Piece piece{.in = shape.rank() > 1 ? size / shape.back() : 1, .out = shape.rank() > 0 ? shape.back() : 1};
    for (std::int64_t i = 0; i < size; ++i) piece.places.push_back(offset + i);
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace

std::vector<MoveFamily> low_rank_moves(const ScaledModelJacobian& J, const TracedSpaces& traced, const Ruler& ruler) {
  Family activations("low activations", J.parameters()), gradients("low gradients", J.parameters()),
      conditional("conditional", J.parameters());
  const auto add = [&](const Piece& piece) {
    const Matrix seen = seen_of(J, piece, ruler);
    if (piece.in > 1) add_products(activations, seen, piece, ruler.tolerance, true);
    add_products(gradients, seen, piece, ruler.tolerance, false);
  };
  for (const auto& absorbers : traced.written) {
    const Absorber& first = traced.absorbers[absorbers.front()];
    const auto heads = columns_by_head(traced.spaces[traced.root(first.out)], first.width);
    for (const auto& columns : heads) add(piece_of(traced, absorbers, columns));
    std::vector<std::int64_t> all(static_cast<std::size_t>(first.width));
    std::iota(all.begin(), all.end(), 0);
    add_conditional(conditional, J, piece_of(traced, absorbers, all), ruler);
  }
  for (const Piece& piece : other_pieces(J, traced)) {
    add(piece);
    add_conditional(conditional, J, piece, ruler);
  }
  return {activations.result(), gradients.result(), conditional.result()};
}

}  // namespace basin::interp
