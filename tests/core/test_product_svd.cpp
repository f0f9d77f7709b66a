#include "core/product_svd.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/rng.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

constexpr std::int64_t n = product_svd_order + 44;

Matrix random_matrix(std::int64_t rows, std::int64_t cols, const char* stream) {
  Matrix a({rows, cols});
  Rng(3, stream).fill_normal(std::span(a.data));
  return a;
}

// [n + 100, n] with these singular values.
Matrix with_values(const std::vector<double>& s) {
  Matrix left = range_basis(random_matrix(n + 100, n, "left")), right = range_basis(random_matrix(n, n, "right"));
  for (std::int64_t i = 0; i < left.rows(); ++i)
    for (std::int64_t j = 0; j < n; ++j) left(i, j) *= s[j];
  return matmul(left, right);
}

// `large` values from 1 down to 1e-3, evenly on a logarithmic scale, then `rest`.
std::vector<double> values_before(std::vector<double> rest) {
  const auto large = n - std::int64_t(rest.size());
  std::vector<double> s;
  for (std::int64_t i = 0; i < large; ++i) s.push_back(std::pow(10.0, -3.0 * double(i) / double(large - 1)));
  s.insert(s.end(), rest.begin(), rest.end());
  return s;
}

// Evenly on a logarithmic scale.
std::vector<double> graded(std::int64_t count, double first, double last) {
  std::vector<double> s;
  for (std::int64_t i = 0; i < count; ++i) s.push_back(first * std::pow(last / first, double(i) / double(count - 1)));
  return s;
}

ProductMatrix products_of(const Matrix& a) {
  return {.columns = a.cols(),
          .gram = [&a] { return matmul(a, a, true); },
          .normal = [&a](const Matrix& z) { return matmul(matmul(z, a, false, true), a); },
          .r_of_image = [&a](const Matrix& z) { return qr_r(matmul(a, z, false, true)); }};
}

// Every BLAS kernel rounds in its own way, by some 1e-15 of the largest value: a rank is only asked for where none of
// the planted values comes near the tolerance.
std::vector<double> askable_tolerances(const std::vector<double>& planted) {
  std::vector<double> all{1e-7, 1e-8, 1e-9, 1e-10, 1e-11};
  std::erase_if(all, [&](double t) {
    return std::ranges::any_of(planted, [&](double s) { return std::abs(s - t * planted[0]) < 1e-13 * planted[0]; });
  });
  return all;
}

// a has the singular values `planted`, from the largest down.
void agrees_with_lapack(const Matrix& a, const std::vector<double>& planted) {
  const std::vector<double> want = svd(a, false).s, got = product_svd(products_of(a), 1e-9, 1).values;
  CHECK(largest_difference(got, want) < 1e-10 * want[0]);
  const std::vector<double> tolerances = askable_tolerances(planted);
  CHECK(tolerances.size() >= 4);
  for (double tolerance : tolerances) {
    const auto kept = std::ranges::count_if(planted, [&](double s) { return s > tolerance * planted[0]; });
    CHECK(decide_rank(got, tolerance).rank == kept);
    CHECK(decide_rank(want, tolerance).rank == kept);
  }
  for (std::size_t i = 0; i < want.size(); ++i)
    if (want[i] < gram_resolves / 10 * want[0]) CHECK(std::abs(got[i] - want[i]) < 3e-15 * want[0]);
}

void agrees_with_lapack(const std::vector<double>& planted) { agrees_with_lapack(with_values(planted), planted); }

}  // namespace

TEST_CASE(
    "small singular values are those of LAPACK, on slopes of every "
    "length and through the tolerance") {
  for (std::int64_t count : {3, 40, 90, 200}) {
    CAPTURE(count);
    agrees_with_lapack(values_before(graded(count, 1e-3, 1.3e-12)));
  }
  agrees_with_lapack(graded(n, 1, 1.3e-12));
}

TEST_CASE(
    "clusters on both sides of the tolerance, and exact dependence, are "
    "told apart") {
  for (double s : {1.2e-8, 3e-9, 1.01e-9, 0.99e-9, 3e-10, 1.3e-10, 1e-13}) {
    CAPTURE(s);
    std::vector<double> rest(60, s);
    rest.resize(80, 0);
    const std::vector<double> values = values_before(rest);
    const Matrix a = with_values(values);
    agrees_with_lapack(a, values);
    CHECK(decide_rank(product_svd(products_of(a), 1e-9, 1).values).rank == n - (s > 1e-9 ? 20 : 80));
  }
  Matrix a = random_matrix(n + 50, n, "dependent");
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < 60; ++j) a(i, 3 * j) = j % 3 == 0 ? 0 : j % 3 == 1 ? a(i, 3 * j + 1) : 1e5 * a(i, 1);
  const RankDecision rank = decide_rank(product_svd(products_of(a), 1e-9, 1).values);
  CHECK(rank.rank == decide_rank(svd(a, false).s).rank);
  CHECK(rank.gap > 1e8);
}

TEST_CASE(
    "a boundary that falls into the slope costs no accuracy, nor does a "
    "tolerance above what the Gram resolves") {
  agrees_with_lapack(values_before(graded(100, 2e-4, 2e-6)));
  const Matrix a = with_values(values_before(graded(50, 1e-3, 1e-8)));
  const ProductSvd svd = product_svd(products_of(a), 1e-4, 1);
  CHECK(svd.lowest.rows() >= n - decide_rank(svd.values, 1e-4).rank);
}

TEST_CASE("the vectors are orthonormal and have their singular values") {
  for (const auto& s : {values_before(graded(60, 1e-6, 1e-14)), graded(n, 1, 1e-12)}) {
    const Matrix a = with_values(s);
    const ProductSvd svd = product_svd(products_of(a), 1e-9, 1);
    const std::int64_t count = svd.lowest.rows();
    REQUIRE(count >= 60);
    const Matrix gram = matmul(svd.lowest, svd.lowest, false, true), image = matmul(a, svd.lowest, false, true);
    for (std::int64_t i = 0; i < count; ++i) {
      double square = 0;
      for (std::int64_t row = 0; row < image.rows(); ++row) square += image(row, i) * image(row, i);
      CHECK(std::abs(std::sqrt(square) - svd.values[n - count + i]) < 1e-14);
      for (std::int64_t j = 0; j < count; ++j) CHECK(std::abs(gram(i, j) - double(i == j)) < 1e-13);
    }
  }
}

TEST_CASE(
    "without small values, of few columns, of zeros, and for any number "
    "of threads") {
  agrees_with_lapack(values_before({}));
  const Matrix few = random_matrix(30, 12, "few"), wide = random_matrix(12, 30, "wide");
  CHECK(largest_difference(product_svd(products_of(few), 1e-9, 1).values, svd(few, false).s) < 1e-13);
  CHECK(product_svd(products_of(wide), 1e-9, 1).lowest.rows() == 30);
  CHECK(decide_rank(product_svd(products_of(wide), 1e-9, 1, false).values).rank == 12);
  const Matrix zero({5, n});
  CHECK(decide_rank(product_svd(products_of(zero), 1e-9, 1).values).rank == 0);
  CHECK(product_svd(products_of(Matrix({5, 0})), 1e-9, 1).values.empty());
  const Matrix a = with_values(values_before(graded(90, 1e-4, 1e-12)));
  const ProductSvd one = product_svd(products_of(a), 1e-9, 1), three = product_svd(products_of(a), 1e-9, 3);
  CHECK(one.values == three.values);
  CHECK(one.lowest.data == three.lowest.data);
}
