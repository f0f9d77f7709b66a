#include "core/matrix.h"

#include <algorithm>

#include "core/rng.h"

namespace basin {

Matrix rows_of(const Matrix& a, std::int64_t first, std::int64_t count) {
  const auto begin = a.data.begin() + first * a.cols();
  return {{count, a.cols()}, std::vector<double>(begin, begin + count * a.cols())};
}

Matrix columns_of(const Matrix& a, std::int64_t first, std::int64_t count) {
  Matrix out({a.rows(), count});
  for (std::int64_t i = 0; i < a.rows(); ++i) std::ranges::copy(a.row(i).subspan(first, count), out.row(i).begin());
  return out;
}

Matrix rows_at(const Matrix& a, std::span<const std::int64_t> places) {
  Matrix out({std::ssize(places), a.cols()});
  for (std::int64_t i = 0; i < out.rows(); ++i) std::ranges::copy(a.row(places[std::size_t(i)]), out.row(i).begin());
  return out;
}

Matrix columns_at(const Matrix& a, std::span<const std::int64_t> places) {
  Matrix out({a.rows(), std::ssize(places)});
  for (std::int64_t i = 0; i < out.rows(); ++i)
    for (std::int64_t j = 0; j < out.cols(); ++j) out(i, j) = a(i, places[std::size_t(j)]);
  return out;
}

void mirror_upper(Matrix& a) {
  constexpr std::int64_t tile = 64;
  const std::int64_t n = a.rows();
  for (std::int64_t i0 = 0; i0 < n; i0 += tile)
    for (std::int64_t j0 = i0; j0 < n; j0 += tile)
      for (std::int64_t i = i0; i < std::min(n, i0 + tile); ++i)
        for (std::int64_t j = std::max(j0, i + 1); j < std::min(n, j0 + tile); ++j) a(j, i) = a(i, j);
}

void mirror_lower(Matrix& a, std::int64_t first, std::int64_t end) {
  for (std::int64_t i = first; i < end; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(j, i) = a(i, j);
}

Matrix normal_matrix(std::int64_t rows, std::int64_t cols, Rng& rng, double deviation) {
  Matrix a({rows, cols});
  rng.fill_normal(std::span(a.data), deviation);
  return a;
}

}  // namespace basin
