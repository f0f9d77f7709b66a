// Small things that many do with matrices and vectors.
#pragma once
#include <cmath>
#include <numeric>
#include <span>

#include "core/tensor.h"

namespace basin {

class Rng;

inline double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
inline double norm(std::span<const double> a) { return std::sqrt(dot(a, a)); }

// `count` rows or columns from `first` on.
Matrix rows_of(const Matrix& a, std::int64_t first, std::int64_t count);
Matrix columns_of(const Matrix& a, std::int64_t first, std::int64_t count);
// Those at these places, in their order.
Matrix rows_at(const Matrix& a, std::span<const std::int64_t> places);
Matrix columns_at(const Matrix& a, std::span<const std::int64_t> places);

// Copies the upper triangle of a square matrix to the lower one, or the other way round.
void mirror_upper(Matrix& a);
void mirror_lower(Matrix& a, std::int64_t first, std::int64_t end);  // rows [first, end) of the lower one only

// Independent normal numbers, drawn row by row.
Matrix normal_matrix(std::int64_t rows, std::int64_t cols, Rng& rng, double deviation = 1);

}  // namespace basin
