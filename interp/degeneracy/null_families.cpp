#include "interp/degeneracy/null_families.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "interp/degeneracy/parameter_moves.h"
#include "interp/degeneracy/pattern_moves.h"

namespace basin::interp {
namespace {

constexpr double new_row = 1e-7;  // of rows of length 1: what is left of them outside the directions known before

Matrix divided(Matrix rows, const std::vector<double>& by) {
  for (std::int64_t i = 0; i < rows.shape[0]; ++i)
    for (std::size_t j = 0; j < by.size(); ++j) rows(i, std::int64_t(j)) /= by[j];
  return rows;
}

Matrix multiplied(Matrix rows, const std::vector<double>& by) {
  for (std::int64_t i = 0; i < rows.shape[0]; ++i)
    for (std::size_t j = 0; j < by.size(); ++j) rows(i, std::int64_t(j)) *= by[j];
  return rows;
}

// Collects families of null directions, each orthogonal to those before.
class Collector {
 public:
  Collector(const Subject& s, std::vector<double> sizes)
      : s_(s), sizes_(std::move(sizes)), N_(s.net().parameters()), cutoff_(s.ruler.tolerance * s.ruler.scale) {}

  // Rows that are orthonormal and orthogonal to all before.
  void append(const Matrix& rows, const std::string& label) {
    data_.insert(data_.end(), rows.data.begin(), rows.data.end());
    labels_.insert(labels_.end(), rows.shape[0], label);
  }

  // What directions of all parameters [any, N] add to the span, as far as J~ finds it null: a move may be null but for
  // its own tolerances.
  void add(Matrix directions, const std::string& label) {
    Matrix rows = divided(std::move(directions), sizes_);
    normalise(rows);
    const Matrix known = basis();
    for (int twice = 0; twice < 2; ++twice) project_away(known, rows);
    Svd parts = svd(std::move(rows));
    const auto rank = std::ranges::count_if(parts.s, [](double s) { return s > new_row; });
    parts.Vt.data.resize(rank * N_);
    append(null_part(Matrix({rank, N_}, std::move(parts.Vt.data))), label);
  }

  Matrix basis() const { return {{std::int64_t(labels_.size()), N_}, data_}; }
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  // Of orthonormal rows; in units of sizes_.
  Matrix null_part(const Matrix& rows) const {
    if (rows.shape[0] == 0) return rows;
    const std::int64_t m = rows.shape[0];
    const Matrix columns = to_columns(s_, multiplied(rows, sizes_));
    Matrix r = scaled_products(s_.jacobian, s_.threads()).r_of_image(columns);
    r.data.resize(m * m);
    Svd parts = svd(Matrix({m, m}, std::move(r.data)));
    const auto seen = std::ranges::count_if(parts.s, [&](double s) { return s > cutoff_; });
    parts.Vt.data.erase(parts.Vt.data.begin(), parts.Vt.data.begin() + seen * m);
    return matmul(Matrix({m - seen, m}, std::move(parts.Vt.data)), rows);
  }

  const Subject& s_;
  std::vector<double> sizes_;
  std::int64_t N_;
  double cutoff_;
  std::vector<double> data_;
  std::vector<std::string> labels_;
};

// Columns of J~ by layers [first, first + layers): the parameter of each, and those whose columns were dropped.
struct Columns {
  std::vector<std::int64_t> kept{}, dropped{};
  // How many columns of J~ belong to earlier layers.
  std::int64_t before = 0;

  Columns(const Subject& s, std::size_t first, std::size_t layers) {
    const std::vector<std::int64_t> starts = layer_starts(s.net());
    for (std::size_t l = 0; l < first; ++l) before += s.jacobian.tables.layers[l].columns();
    std::vector<bool> is_kept(starts.back(), false);
    for (std::size_t l = first; l < first + layers; ++l)
      for (const std::int64_t place : s.jacobian.tables.layers[l].places) {
        kept.push_back(starts[l] + place);
        is_kept[kept.back()] = true;
      }
    for (std::int64_t p = starts[first]; p < starts[first + layers]; ++p)
      if (!is_kept[p]) dropped.push_back(p);
  }
};

// Coordinates in which what a layer's inputs and gradients show of its parameters has one size: parameter (j, i) of a
// layer is input_scale_j output_scale_i times its coordinate, the centre undone (interp/jacobian/scaled_jacobian.h). In
// them low ranks are Kronecker products of orthonormal vectors.
std::vector<double> unit_sizes(const Subject& s) {
  std::vector<double> sizes;
  const auto one_for_zero = [](double scale) { return scale > 0 ? scale : 1; };
  for (std::size_t l = 0; l < s.jacobian.input_scale.size(); ++l)
    for (const double in : s.jacobian.input_scale[l])
      for (const double out : s.jacobian.output_scale[l]) sizes.push_back(one_for_zero(in) * one_for_zero(out));
  return sizes;
}

// Rows over the parameters of one layer as rows over all.
Matrix in_all(const Matrix& rows, std::int64_t first, std::int64_t parameters) {
  Matrix out({rows.shape[0], parameters});
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) std::ranges::copy(rows.row(i), out.row(i).begin() + first);
  return out;
}

void add_low_ranks(Collector& families, const Subject& s, std::int64_t l) {
  const std::vector<std::int64_t> starts = layer_starts(s.net());
  const double tolerance = s.ruler.tolerance;
  const Matrix f = qr_r(s.jacobian.activations[l]), B = qr_r(s.jacobian.gradients[l]);
  for (const Matrix& moves : {layer_moves(null_space(f, tolerance), identity(B.shape[1])),
                              layer_moves(range_basis(transpose(f), tolerance), null_space(B, tolerance))})
    families.append(in_all(moves, starts[l], starts.back()), layer_name(s.net(), l) + " low rank");
}

std::string label_of(const ReluNet& net, const FiringBlock& block) {
  const bool on = block.kind == BlockKind::always_on;
  const char* kind = on ? "always_on" : block.neurons.size() > 1 ? "block" : "rescaling";
  return fmt::format("{} {} {}", layer_name(net, block.layer), kind, fmt::join(block.neurons, " "));
}

}  // namespace

Matrix to_columns(const Subject& s, const Matrix& directions) {
  const Columns columns(s, 0, s.jacobian.tables.layers.size());
  Matrix out({directions.shape[0], std::ssize(columns.kept)});
  for (std::int64_t e = 0; e < out.shape[0]; ++e)
    for (std::size_t c = 0; c < columns.kept.size(); ++c)
      out(e, std::int64_t(c)) = directions(e, columns.kept[c]) / s.jacobian.scale[c];
  return out;
}

Matrix from_columns(const Subject& s, const Matrix& coordinates) {
  const Columns columns(s, 0, s.jacobian.tables.layers.size());
  Matrix out({coordinates.shape[0], s.net().parameters()});
  for (std::int64_t e = 0; e < out.shape[0]; ++e)
    for (std::size_t c = 0; c < columns.kept.size(); ++c)
      out(e, columns.kept[c]) = coordinates(e, std::int64_t(c)) * s.jacobian.scale[c];
  return out;
}

void normalise(Matrix& rows) {
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) {
    double square = 0;
    for (double v : rows.row(i)) square += v * v;
    for (double& v : rows.row(i)) v /= square > 0 ? std::sqrt(square) : 1;
  }
}

Matrix null_directions(const Subject& s, const LowSpace& low, std::size_t first, std::size_t layers) {
  const Columns columns(s, first, layers);
  const Matrix null = low.basis_is_low ? low.basis : transpose(null_space(low.basis));
  Matrix out({null.shape[0], s.net().parameters()});
  for (std::int64_t i = 0; i < null.shape[0]; ++i)
    for (std::size_t c = 0; c < columns.kept.size(); ++c)
      out(i, columns.kept[c]) = null(i, std::int64_t(c)) * s.jacobian.scale[columns.before + std::int64_t(c)];
  return out;
}

Matrix dropped_directions(const Subject& s) {
  const Columns columns(s, 0, s.jacobian.tables.layers.size());
  Matrix out({std::ssize(columns.dropped), s.net().parameters()});
  for (std::int64_t row = 0; const std::int64_t p : columns.dropped) out(row++, p) = 1;
  return out;
}

Families explained_families(const Subject& s) {
  const std::vector<double> sizes = unit_sizes(s);
  const ReluNet& net = s.net();
  const Ruler ruler = shared_ruler(s, s.ruler.tolerance);
  Collector families(s, sizes);
  for (std::int64_t l = 0; l < net.layers(); ++l) add_low_ranks(families, s, l);
  for (const FiringBlock& block : s.blocks)
    if (block.kind != BlockKind::dead)
      families.add(parameter_moves(net, {block}, s.jacobian.center), label_of(net, block));
  for (std::int64_t l = 0; l < net.layers(); ++l) {  // what is dropped has low rank: it is there already
    const LowSpace low = s.low_space(l, ruler.tolerance * ruler.scale);
    families.add(null_directions(s, low, std::size_t(l), 1), layer_name(net, l) + " conditional");
  }
  const double tolerance = s.ruler.tolerance;
  families.add(pattern_moves(net, s.factors, layer_ranges(s, tolerance), tolerance), "related patterns");
  return {multiplied(families.basis(), sizes), families.labels()};
}

}  // namespace basin::interp
