#include <cblas.h>
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/blas.h"
#include "core/error.h"
#include "core/rng.h"

using namespace basin;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T>
std::vector<T> numbers(std::int64_t n, std::string_view name) {
  std::vector<T> x(n);
  Rng(1, name).fill_normal(x);
  return x;
}

struct Sum {
  double value = 0, size = 0;  // size: the sum of the absolute values
};

// The definition, one product at a time, in double. A and B have row strides lda, ldb.
template <class T>
Sum sum_of_products(bool ta, bool tb, std::int64_t i, std::int64_t j, std::int64_t k, const T* a, std::int64_t lda,
                    const T* b, std::int64_t ldb) {
  Sum sum;
  for (std::int64_t l = 0; l < k; ++l) {
    const double term = double(ta ? a[l * lda + i] : a[i * lda + l]) * double(tb ? b[j * ldb + l] : b[l * ldb + j]);
    sum.value += term;
    sum.size += std::abs(term);
  }
  return sum;
}

template <class T>
double product(bool ta, bool tb, std::int64_t i, std::int64_t j, std::int64_t k, const T* a, std::int64_t lda,
               const T* b, std::int64_t ldb) {
  return sum_of_products(ta, tb, i, j, k, a, lda, b, ldb).value;
}

}  // namespace

TEST_CASE_TEMPLATE("gemm is alpha op(A) op(B) + beta C with row strides", T, float, double) {
  for (bool ta : {false, true})
    for (bool tb : {false, true})
      for (auto [m, n, k] : {std::array<int, 3>{1, 1, 1}, {3, 5, 4}, {17, 9, 33}}) {
        std::int64_t lda = (ta ? m : k) + 2, ldb = (tb ? k : n) + 1, ldc = n + 3;
        auto a = numbers<T>((ta ? k : m) * lda, "a"), b = numbers<T>((tb ? n : k) * ldb, "b"),
             c = numbers<T>(m * ldc, "c");
        auto before = c;
        gemm(ta, tb, m, n, k, T(2), a.data(), lda, b.data(), ldb, T(0.5), c.data(), ldc);
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < ldc; ++j) {
            double was = before[i * ldc + j];
            const Sum sum = j < n ? sum_of_products(ta, tb, i, j, k, a.data(), lda, b.data(), ldb) : Sum{};
            const double want = j < n ? 2 * sum.value + 0.5 * was : was;
            // k + 2 roundings, in whatever order a kernel adds (Higham 2002, ch. 3).
            const double rounding = j < n ? (k + 2) * std::numeric_limits<T>::epsilon() : 0;
            CHECK(std::abs(c[i * ldc + j] - want) <= rounding * (2 * sum.size + 0.5 * std::abs(was)));
          }
      }
}

TEST_CASE_TEMPLATE("with beta = 0 products overwrite NaN, also over an empty inner length", T, float, double) {
  std::vector<T> a = {1, 2, 3, 4}, c(4, T(not_a_number)), y(2, T(not_a_number));
  gemm(false, false, 2, 2, 2, T(1), a.data(), 2, a.data(), 2, T(0), c.data(), 2);
  CHECK(c == std::vector<T>{7, 10, 15, 22});
  gemv(false, 2, 2, T(1), a.data(), 2, a.data(), T(0), y.data());
  CHECK(y == std::vector<T>{5, 11});
  c.assign(4, T(not_a_number)), y.assign(2, T(not_a_number));
  gemm(false, false, 2, 2, 0, T(1), a.data(), 0, a.data(), 2, T(0), c.data(), 2);
  CHECK(c == std::vector<T>(4));
  gemv(false, 2, 0, T(1), a.data(), 0, a.data(), T(0), y.data());
  CHECK(y == std::vector<T>(2));
  y = {1, 2};
  gemv(true, 0, 2, T(1), a.data(), 2, a.data(), T(3), y.data());
  CHECK(y == std::vector<T>{3, 6});
  gemm(false, false, 0, 2, 2, T(1), a.data(), 2, a.data(), 2, T(0), c.data(), 2);
  gram(0, 2, a.data(), 2, c.data(), 2);
  gram(2, 0, a.data(), 0, c.data(), 0);
  CHECK(c == std::vector<T>(4));
}

TEST_CASE_TEMPLATE("gemv is a matrix times a vector, transposed or not", T, float, double) {
  constexpr int m = 7, n = 5, lda = 6;
  auto a = numbers<T>(m * lda, "a"), x = numbers<T>(m, "x");
  for (bool ta : {false, true}) {
    auto y = numbers<T>(m, "y"), before = y;
    gemv(ta, m, n, T(2), a.data(), lda, x.data(), T(-1), y.data());
    for (int i = 0; i < (ta ? n : m); ++i) {
      double want = 2 * product(ta, false, i, 0, ta ? m : n, a.data(), lda, x.data(), 1) - before[i];
      CHECK(std::abs(y[i] - want) < 50 * std::numeric_limits<T>::epsilon());
    }
  }
}

TEST_CASE_TEMPLATE("gram adds A^T A and is exactly symmetric", T, float, double) {
  constexpr int m = 20, n = 6, lda = 7, ldc = 8;
  auto a = numbers<T>(m * lda, "a");
  std::vector<T> c(n * ldc, T(0.25));
  for (int twice = 0; twice < 2; ++twice) gram(m, n, a.data(), lda, c.data(), ldc);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      double want = 0.25 + 2 * product(true, false, i, j, m, a.data(), lda, a.data(), lda);
      CHECK(std::abs(c[i * ldc + j] - want) < 200 * std::numeric_limits<T>::epsilon());
      CHECK(c[i * ldc + j] == c[j * ldc + i]);
    }
  CHECK(c[n] == T(0.25));
}

TEST_CASE("OpenBLAS has one thread from the start and says which kernel it uses") {
  CHECK(openblas_get_num_threads() == 1);
  openblas_set_num_threads(2);
  use_one_blas_thread();
  CHECK(openblas_get_num_threads() == 1);
  CHECK(blas_kernel().find("OpenBLAS") == 0);
}

TEST_CASE("a length that BLAS cannot take is a shape error") {
  double x = 1;
  CHECK_THROWS_WITH_AS(gemm(false, false, std::int64_t(1) << 31, 1, 1, 1.0, &x, 1, &x, 1, 0.0, &x, 1),
                       "blas: a length of 2147483648 given, wanted 0 to 2^31-1", ShapeError);
  CHECK_THROWS_AS(gemv(false, -1, 1, 1.0, &x, 1, &x, 0.0, &x), ShapeError);
}
