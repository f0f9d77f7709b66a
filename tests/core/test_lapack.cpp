#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "core/npy.h"
#include "core/rng.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

Matrix normal_matrix(std::int64_t m, std::int64_t n, std::string_view name = "matrix") {
  Matrix a({m, n});
  Rng(1, name).fill_normal(a.data);
  return a;
}

double distance(const Matrix& a, const Matrix& b) {
  REQUIRE(a.shape == b.shape);
  return largest_difference(a, b);
}

Matrix diagonal(const std::vector<double>& d) {
  std::int64_t n = std::int64_t(d.size());
  Matrix a({n, n});
  for (std::int64_t i = 0; i < n; ++i) a(i, i) = d[i];
  return a;
}

// Columns orthonormal: basis^T basis = 1.
bool orthonormal(const Matrix& basis) {
  Matrix one = diagonal(std::vector<double>(basis.shape[1], 1));
  return distance(matmul(basis, basis, true), one) < 1e-13;
}

const std::vector<Shape> shapes = {{1, 1}, {5, 3}, {3, 5}, {4, 4}, {40, 7}, {7, 40}};

}  // namespace

TEST_CASE("svd reconstructs the matrix from orthonormal factors and descending values") {
  for (const Shape& shape : shapes) {
    Matrix a = normal_matrix(shape[0], shape[1]);
    Svd d = svd(a);
    CHECK(orthonormal(d.U));
    CHECK(orthonormal(transpose(d.Vt)));
    CHECK(std::is_sorted(d.s.rbegin(), d.s.rend()));
    CHECK(distance(matmul(matmul(d.U, diagonal(d.s)), d.Vt), a) < 1e-13);
    auto values = singular_values(a);
    REQUIRE(values.size() == d.s.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == doctest::Approx(d.s[i]).epsilon(1e-12));
  }
}

// The transposed R factor of a layer's Jacobian, rank 42 of 75 with values down to 1e-32: with the AVX2 kernels of
// OpenBLAS 0.3.21 divide and conquer gives up on it.
TEST_CASE("a matrix on which divide and conquer does not converge is decomposed all the same") {
  const Matrix a = read_npy(std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/svd_no_convergence.npy");
  const Svd d = svd(a);
  CHECK(orthonormal(d.U));
  CHECK(orthonormal(transpose(d.Vt)));
  CHECK(distance(matmul(matmul(d.U, diagonal(d.s)), d.Vt), a) < 1e-11);
  CHECK(std::is_sorted(d.s.rbegin(), d.s.rend()));
}

TEST_CASE("projecting away leaves rows orthogonal to the basis, and the rest as it was") {
  Matrix rows({2, 3}, {1, 2, 3, 4, 5, 6});
  project_away(Matrix({1, 3}, {0, 1, 0}), rows);
  CHECK(rows.data == std::vector<double>{1, 0, 3, 4, 0, 6});
  project_away(Matrix({0, 3}), rows);
  CHECK(rows.data == std::vector<double>{1, 0, 3, 4, 0, 6});
  project_away(identity(3), rows);
  CHECK(rows.data == std::vector<double>(6, 0.0));
}

TEST_CASE("singular values are the known ones: 2x2 by hand") {
  auto s = singular_values(Matrix({2, 2}, {3, 0, 4, 5}));  // squares: 45 and 5
  CHECK(s[0] == doctest::Approx(std::sqrt(45.0)).epsilon(1e-14));
  CHECK(s[1] == doctest::Approx(std::sqrt(5.0)).epsilon(1e-14));
}

TEST_CASE("singular values of a Kronecker product are the products, in order") {
  CHECK(kronecker_singular_values({4, 1}, {3, 2, 0}) == std::vector<double>{12, 8, 3, 2, 0, 0});
}

TEST_CASE("eigh diagonalises a symmetric matrix, largest eigenvalue first") {
  Eigh two = eigh(Matrix({2, 2}, {1, 2, 2, 1}));
  CHECK(two.values[0] == doctest::Approx(3));
  CHECK(two.values[1] == doctest::Approx(-1));
  CHECK(two.vectors(0, 0) * two.vectors(1, 0) == doctest::Approx(0.5));
  CHECK(two.vectors(0, 1) * two.vectors(1, 1) == doctest::Approx(-0.5));
  Matrix b = normal_matrix(12, 12), a = matmul(b, diagonal({6, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -5}));
  a = matmul(a, b, false, true);
  Eigh d = eigh(a);
  CHECK(orthonormal(d.vectors));
  CHECK(std::is_sorted(d.values.rbegin(), d.values.rend()));
  CHECK(distance(matmul(matmul(d.vectors, diagonal(d.values)), d.vectors, false, true), a) < 1e-11);
  auto values = eigh(a, false).values;
  for (int i = 0; i < 12; ++i) CHECK(values[i] == doctest::Approx(d.values[i]).epsilon(1e-11));
}

TEST_CASE("eigh refuses a matrix that is not symmetric, but not for rounding") {
  CHECK_THROWS_WITH_AS(eigh(Matrix({2, 2}, {1, 2, 3, 1})),
                       "eigh: a matrix [2,2] with entries up to 3 differs from its transpose by 1", NumericalError);
  CHECK_NOTHROW(eigh(Matrix({2, 2}, {1, 2, 2 + 1e-14, 1})));
  CHECK_THROWS_AS(eigh(Matrix({2, 3})), ShapeError);
}

TEST_CASE("the R factor is upper trapezoidal with R^T R = A^T A") {
  for (const Shape& shape : shapes) {
    Matrix a = normal_matrix(shape[0], shape[1]), r = qr_r(a);
    CHECK(r.shape == Shape{std::min(shape[0], shape[1]), shape[1]});
    for (std::int64_t i = 0; i < r.shape[0]; ++i)
      for (std::int64_t j = 0; j < i; ++j) CHECK(r(i, j) == 0);
    CHECK(distance(matmul(r, r, true), matmul(a, a, true)) < 1e-12);
  }
}

TEST_CASE("solve finds X with A X = B and refuses a singular A") {
  Matrix x = solve(Matrix({2, 2}, {1, 2, 3, 4}), Matrix({2, 1}, {5, 11}));
  CHECK(distance(x, Matrix({2, 1}, {1, 2})) < 1e-14);
  Matrix a = normal_matrix(9, 9), b = normal_matrix(9, 4, "b");
  CHECK(distance(matmul(a, solve(a, b)), b) < 1e-12);
  CHECK_THROWS_WITH_AS(solve(Matrix({2, 2}, {0, 1, 0, 2}), Matrix({2, 1})),
                       "solve: matrix [2,2] is singular; help: see its null_space", NumericalError);
  CHECK_THROWS_AS(solve(a, Matrix({8, 1})), ShapeError);
  CHECK_THROWS_AS(solve(Matrix({2, 3}), Matrix({2, 1})), ShapeError);
}

TEST_CASE("matmul and transpose agree with their definitions") {
  Matrix a({2, 3}, {1, 2, 3, 4, 5, 6}), b({3, 2}, {1, 0, 2, 1, 0, 3});
  Matrix ab({2, 2}, {5, 11, 14, 23});
  CHECK(matmul(a, b).data == ab.data);
  CHECK(matmul(transpose(a), b, true).data == ab.data);
  CHECK(matmul(a, transpose(b), false, true).data == ab.data);
  CHECK(matmul(transpose(a), transpose(b), true, true).data == ab.data);
  CHECK(transpose(a).data == std::vector<double>{1, 4, 2, 5, 3, 6});
  Matrix big = normal_matrix(70, 45), back = transpose(transpose(big));
  CHECK(back.data == big.data);
  CHECK(transpose(big)(33, 65) == big(65, 33));
  CHECK_THROWS_WITH_AS(matmul(a, b, true), "matmul: [2,3]^T times [3,2] do not fit", ShapeError);
}

TEST_CASE("null space and range have the planted dimensions, for tall, wide and square matrices") {
  for (auto [m, n, rank] :
       {std::array<std::int64_t, 3>{30, 8, 5}, {8, 30, 5}, {8, 8, 3}, {8, 8, 8}, {3, 9, 3}, {6, 4, 0}}) {
    Matrix a = matmul(normal_matrix(m, rank, "left"), normal_matrix(rank, n, "right"));
    Matrix null = null_space(a), range = range_basis(a);
    CHECK(null.shape == Shape{n, n - rank});
    CHECK(range.shape == Shape{m, rank});
    CHECK(orthonormal(null));
    CHECK(orthonormal(range));
    CHECK(distance(matmul(a, null), Matrix({m, n - rank})) < 1e-12);
    CHECK(distance(matmul(range, matmul(range, a, true)), a) < 1e-12);  // projecting on the range changes nothing
  }
}

TEST_CASE("the tolerance decides what counts as null") {
  Matrix a = diagonal({1, 1e-3, 1e-6});
  CHECK(null_space(a).shape == Shape{3, 0});
  CHECK(null_space(a, 1e-5).shape == Shape{3, 1});
  CHECK(range_basis(a, 1e-2).shape == Shape{3, 1});
}

TEST_CASE("empty matrices are legal") {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}, Shape{0, 0}}) {
    Matrix a(shape);
    CHECK(singular_values(a).empty());
    CHECK(svd(a).U.shape == Shape{shape[0], 0});
    CHECK(svd(a).Vt.shape == Shape{0, shape[1]});
    CHECK(qr_r(a).shape == Shape{0, shape[1]});
    CHECK(transpose(a).shape == Shape{shape[1], shape[0]});
    CHECK(matmul(a, transpose(a)).data == std::vector<double>(shape[0] * shape[0]));
    CHECK(range_basis(a).shape == Shape{shape[0], 0});
    CHECK(distance(null_space(a), diagonal(std::vector<double>(shape[1], 1))) == 0);
  }
  CHECK(eigh(Matrix({0, 0})).values.empty());
  CHECK(solve(Matrix({0, 0}), Matrix({0, 2})).shape == Shape{0, 2});
  CHECK(solve(Matrix({2, 2}), Matrix({2, 0})).shape == Shape{2, 0});
}

TEST_CASE("NaN, Inf and wrong numbers of axes are refused before LAPACK sees them") {
  double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  Matrix bad({2, 3}, {1, 2, 3, 4, 5, nan}), infinite({2, 2}, {1, -inf, 1, 1});
  CHECK_THROWS_WITH_AS(svd(bad), "svd: entry (1, 2) of a matrix [2,3] is nan; help: find where it was computed",
                       NumericalError);
  CHECK_THROWS_AS(singular_values(infinite), NumericalError);
  CHECK_THROWS_AS(eigh(infinite), NumericalError);
  CHECK_THROWS_AS(qr_r(bad), NumericalError);
  CHECK_THROWS_AS(solve(infinite, Matrix({2, 1})), NumericalError);
  CHECK_THROWS_AS(solve(Matrix({2, 2}, {1, 0, 0, 1}), Matrix({2, 1}, {nan, 0})), NumericalError);
  CHECK_THROWS_AS(null_space(bad), NumericalError);
  CHECK_THROWS_AS(range_basis(bad), NumericalError);
  CHECK_THROWS_WITH_AS(svd(Matrix({3})), "svd: shape [3] with 3 numbers given, wanted a matrix [rows, cols]",
                       ShapeError);
  CHECK_THROWS_AS(qr_r(Matrix()), ShapeError);
  CHECK_THROWS_AS(matmul(Matrix({2, 2, 2}), Matrix({2, 2})), ShapeError);
}
