#include "interp/jacobian/scaled_products.h"

#include <algorithm>

#include "core/matrix.h"
#include "core/streaming_qr.h"

namespace basin::interp {
namespace {

Matrix scaled_columns(Matrix rows, const std::vector<double>& scale) {
  for (std::int64_t i = 0; i < rows.rows(); ++i)
    for (std::size_t j = 0; j < scale.size(); ++j) rows(i, std::int64_t(j)) *= scale[j];
  return rows;
}

ProductMatrix scaled(const ProductMatrix& a, const std::vector<double>& scale) {
  return {.columns = a.columns,
          .gram = [a, scale] { return transpose(scaled_columns(transpose(scaled_columns(a.gram(), scale)), scale)); },
          .normal = [a, scale](const Matrix& z) { return scaled_columns(a.normal(scaled_columns(z, scale)), scale); },
          .r_of_image = [a, scale](const Matrix& z) { return a.r_of_image(scaled_columns(z, scale)); }};
}

// [n k, columns()]
Matrix dense(const ScaledTables& a) {
  const std::int64_t k = a.tables.outputs;
  Matrix out({a.tables.rows(), a.columns()});
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    std::int64_t column = 0;
    for (const LayerTable& t : a.tables.layers)
      for (const double f : t.F.row(row / k))
        for (const double b : t.B.row(row)) {
          out(row, column) = f * b * a.scale[column];
          ++column;
        }
  }
  return out;
}

ProductMatrix products_of(const Matrix& a) {
  return {.columns = a.shape[1],
          .gram = [&a] { return matmul(a, a, true); },
          .normal = [&a](const Matrix& z) { return matmul(matmul(z, a, false, true), a); },
          .r_of_image = [&a](const Matrix& z) { return qr_r(matmul(a, z, false, true)); }};
}

std::vector<double> padded(std::vector<double> values, std::int64_t count) {
  values.resize(count);
  return values;
}

std::int64_t seen_columns(const std::vector<LowSpace>& layers) {
  std::int64_t columns = 0;
  for (const LowSpace& l : layers) columns += l.basis_is_low ? std::ssize(l.values) : l.basis.shape[0];
  return columns;
}

std::int64_t rows_in(const Matrix& vectors) { return vectors.shape.rank() ? vectors.rows() : 0; }

bool wide(const ScaledTables& a) { return a.tables.rows() < a.columns(); }

// The right singular vectors of the values above the cut-off: there are fewer rows than columns.
LowSpace low_space_of_wide(const ScaledTables& a, double cutoff, Svd& known) {
  if (known.s.empty()) known = svd(dense(a));
  const auto high = std::ranges::count_if(known.s, [&](double s) { return s > cutoff; });
  Matrix image = columns_of(known.U, 0, high);
  for (std::int64_t row = 0; row < image.shape[0]; ++row)
    for (std::int64_t i = 0; i < high; ++i) image(row, i) *= known.s[i];
  return {.values = padded(known.s, a.columns()),
          .low = a.columns() - high,
          .basis = rows_of(known.Vt, 0, high),
          .basis_is_low = false,
          .image = std::move(image)};
}

}  // namespace

ScaledTables ScaledTables::layer(std::size_t l) const {
  std::int64_t first = 0;
  for (std::size_t before = 0; before < l; ++before) first += tables.layers[before].columns();
  const auto begin = scale.begin() + first;
  return {{tables.samples, tables.outputs, {tables.layers[l]}}, {begin, begin + tables.layers[l].columns()}};
}

ProductMatrix scaled_products(const ScaledTables& a, int threads) {
  return scaled(jacobian_products(a.tables, threads), a.scale);
}

std::vector<double> singular_values(const ScaledTables& a, double tolerance, int threads, Decomposition& known) {
  if (a.columns() == 0) return {};
  if (!wide(a)) {
    known.products = product_svd(scaled_products(a, threads), tolerance, threads, false);
    return known.products.values;
  }
  const Matrix turned = transpose(dense(a));
  return padded(product_svd(products_of(turned), tolerance, threads, false).values, a.columns());
}

Matrix LowSpace::seen(const Matrix& rows) const {
  if (!basis_is_low) return matmul(rows, basis, false, true);
  Matrix left = rows;
  for (int twice = 0; twice < 2; ++twice) project_away(basis, left);
  return left;
}

Matrix seen(const std::vector<LowSpace>& layers, const Matrix& directions) {
  Matrix all({directions.shape[0], seen_columns(layers)});
  std::int64_t from = 0, to = 0;
  for (const LowSpace& layer : layers) {
    const Matrix part = layer.seen(columns_of(directions, from, std::ssize(layer.values)));
    for (std::int64_t e = 0; e < part.shape[0]; ++e) std::ranges::copy(part.row(e), all.row(e).begin() + to);
    from += std::ssize(layer.values);
    to += part.shape[1];
  }
  return all;
}

std::vector<double> singular_values_along(const ScaledTables& a, const std::vector<LowSpace>& layers,
                                          const Matrix& rows, int threads) {
  if (rows.shape[0] == 0) return {};
  if (std::ranges::all_of(layers, &LowSpace::basis_is_low))
    return padded(basin::singular_values(scaled_products(a, threads).r_of_image(rows)), rows.shape[0]);
  Matrix image({a.tables.rows(), rows.shape[0]});
  std::int64_t first = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Matrix& layer = layers[l].basis_is_low ? dense(a.layer(l)) : layers[l].image;
    const Matrix part = matmul(layer, columns_of(rows, first, layer.shape[1]), false, true);
    std::ranges::transform(image.data, part.data, image.data.begin(), std::plus<>());
    first += layer.shape[1];
  }
  return padded(basin::singular_values(std::move(image)), rows.shape[0]);
}

// product_svd gives the vectors of values that are low relative to the largest, which is known only afterwards.
LowSpace low_space(const ScaledTables& a, double cutoff, int threads, Decomposition& known) {
  if (wide(a)) return low_space_of_wide(a, cutoff, known.wide);
  if (a.columns() == 0) return {};
  ProductSvd& parts = known.products;
  const auto decompose = [&](double tolerance) {
    parts = product_svd(scaled_products(a, threads), tolerance, threads);
  };
  const auto count = [&] { return std::ranges::count_if(parts.values, [&](double s) { return s <= cutoff; }); };
  if (parts.values.empty()) decompose(gram_resolves);
  if (count() > rows_in(parts.lowest)) decompose(std::min(0.9, cutoff / parts.values.front()));
  const std::int64_t low = std::min<std::int64_t>(count(), rows_in(parts.lowest));
  return {.values = parts.values,
          .low = low,
          .basis = low ? rows_of(parts.lowest, parts.lowest.rows() - low, low) : Matrix({0, a.columns()})};
}

}  // namespace basin::interp
