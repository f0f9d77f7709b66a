#include "nn/data/planted/planted_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::nn {
namespace {

constexpr double spread = 0.3;  // size of a row's own part against the block's common row

// Linear between order statistics.
double quantile(std::vector<double> values, double level) {
  const double at = level * double(values.size() - 1);
  const auto below = std::min(std::ptrdiff_t(at), std::ssize(values) - 2);
  const auto low = values.begin() + below;
  std::nth_element(values.begin(), low, values.end());  // a sort would cost more than all else
  return std::lerp(*low, *std::min_element(low + 1, values.end()), at - double(below));
}

double deviation(const std::vector<double>& values) {
  const double n = double(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  return std::sqrt(std::accumulate(values.begin(), values.end(), 0.0,
                                   [&](double s, double v) { return s + (v - mean) * (v - mean); }) /
                   n);
}

void add(PlantedRow& to, double scale, const PlantedRow& from) {
  for (std::size_t j = 0; j < to.size(); ++j) to[j] += scale * from[j];
}

// A convex combination lies in the span of the rows and fires with them.
PlantedRow mixture(std::span<const PlantedRow> rows, Rng& rng) {
  std::vector<double> weights(rows.size());
  rng.fill_uniform(std::span<double>(weights), 0.2, 1);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  PlantedRow out(rows[0].size());
  for (std::size_t i = 0; i < rows.size(); ++i) add(out, weights[i] / total, rows[i]);
  return out;
}

std::vector<PlantedRow> independent_rows(const Plant& plant, std::int64_t rank, const RowSource& source) {
  std::vector<PlantedRow> rows;
  if (plant.kind != PlantKind::synchronised) {
    for (std::int64_t i = 0; i < rank; ++i) rows.push_back(source.row(0.5));
    return rows;
  }
  const PlantedRow common = source.row(source.rng.uniform(0.4, 0.6));
  for (std::int64_t i = 0; i < rank; ++i) {
    rows.push_back(common);
    if (rank > 1) add(rows.back(), spread, source.row(0.5));
  }
  return rows;
}

// Biases that keep every pre-activation at least 1/2 above zero (always on) or below it (dead).
void shift(std::vector<PlantedRow>& rows, const Matrix& f, bool on) {
  for (PlantedRow& row : rows) {
    row.back() = 0;
    const auto p = pre_activations(f, {row}).data;
    const auto [low, high] = std::minmax_element(p.begin(), p.end());
    row.back() = on ? 0.5 - *low : -0.5 - *high;
  }
}

}  // namespace

Matrix pre_activations(const Matrix& f, const std::vector<PlantedRow>& rows) {
  const std::int64_t d = f.cols(), width = std::int64_t(rows.size());
  Matrix weights({d + 1, width}), p({f.rows(), width});  // the biases last
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j <= d; ++j) weights(j, i) = rows[i][j];
  gemm_plus_row(f.rows(), width, d, f.data.data(), d, weights.data.data(), width, weights.row(d).data(), p.data.data(),
                width);
  return p;
}

PlantedRow RowSource::row(double level) const {
  PlantedRow v = matmul(project, normal_matrix(f.cols(), 1, rng)).data;
  v.push_back(0);
  std::vector<double> p = pre_activations(some, {v}).data;
  const double scale = deviation(p);
  if (scale < 1e-9) throw Rejected{};
  for (double& w : v) w /= scale;
  v.back() = -quantile(std::move(p), 1 - level) / scale;
  return v;
}

std::vector<PlantedRow> block_rows(const Plant& plant, const RowSource& source) {
  const std::int64_t rank = plant.rows.value_or(plant.size);
  std::vector<PlantedRow> rows = independent_rows(plant, rank, source);
  while (std::int64_t(rows.size()) < plant.size) rows.push_back(mixture({rows.data(), std::size_t(rank)}, source.rng));
  if (plant.kind != PlantKind::synchronised) shift(rows, source.f, plant.kind == PlantKind::always_on);
  return rows;
}

}  // namespace basin::nn
