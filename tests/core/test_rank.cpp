#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/blas.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/streaming_qr.h"

using namespace basin;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Matrix normal_matrix(std::int64_t m, std::int64_t n, std::string_view name) {
  Matrix a({m, n});
  Rng(2, name).fill_normal(a.data);
  return a;
}

Matrix orthonormal_columns(std::int64_t m, std::int64_t n, std::string_view name) {
  return range_basis(normal_matrix(m, n, name));
}

// A matrix with m rows and exactly these singular values.
Matrix planted(std::int64_t m, const std::vector<double>& s) {
  std::int64_t n = std::int64_t(s.size());
  Matrix u = orthonormal_columns(m, n, "left"), v = orthonormal_columns(n, n, "right");
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) u(i, j) *= s[j];
  return matmul(u, v, false, true);
}

Matrix rows_of(const Matrix& a, std::int64_t from, std::int64_t to) {
  std::int64_t n = a.shape[1];
  to = std::min(to, a.shape[0]);
  return {{to - from, n}, std::vector<double>(a.data.begin() + from * n, a.data.begin() + to * n)};
}

StreamingQr streamed(const Matrix& a, std::int64_t chunk) {
  StreamingQr qr(a.shape[1]);
  for (std::int64_t at = 0; at < a.shape[0]; at += chunk) qr.append(rows_of(a, at, at + chunk));
  return qr;
}

// As a sweep over data does it: one factor per chunk of 100 rows, merged in the order of the chunks.
StreamingQr swept(const Matrix& a, int threads) {
  std::vector<StreamingQr> parts(a.shape[0] / 100, StreamingQr(a.shape[1]));
  parallel_for(threads, std::int64_t(parts.size()),
               [&](std::int64_t i, int) { parts[i].append(rows_of(a, i * 100, i * 100 + 100)); });
  StreamingQr all(a.shape[1]);
  for (const auto& part : parts) all.merge(part);
  return all;
}

}  // namespace

TEST_CASE("a rank counts singular values above the tolerance times the largest") {
  std::vector<double> s = {4, 2, 1e-3, 1e-11, 0};
  RankDecision d = decide_rank(s);
  CHECK(d.rank == 3);
  CHECK(d.smallest_kept == 1e-3);
  CHECK(d.largest_dropped == 1e-11);
  CHECK(d.gap == doctest::Approx(1e8));
  CHECK(d.tolerance == 1e-9);
  CHECK(decide_rank(s, 1e-3).rank == 2);
  CHECK(decide_rank(s, 0).rank == 4);
  CHECK(decide_rank(s, 0).gap == inf);
}

TEST_CASE("full rank, no rank and no values have an infinite gap") {
  RankDecision full = decide_rank(std::vector<double>{2, 1});
  CHECK(full.rank == 2);
  CHECK(full.largest_dropped == 0);
  CHECK(full.gap == inf);
  for (const auto& s : {std::vector<double>{}, std::vector<double>{0, 0}}) {
    CHECK(decide_rank(s).rank == 0);
    CHECK(decide_rank(s).smallest_kept == 0);
    CHECK(decide_rank(s).gap == inf);
  }
}

TEST_CASE("what cannot be singular values is refused") {
  CHECK_THROWS_AS(decide_rank(std::vector<double>{1, std::nan("")}), NumericalError);
  CHECK_THROWS_AS(decide_rank(std::vector<double>{inf, 1}), NumericalError);
  CHECK_THROWS_AS(decide_rank(std::vector<double>{1, 2}), UsageError);
  CHECK_THROWS_AS(decide_rank(std::vector<double>{1, -1e-3}), UsageError);
  for (double tolerance : {-1e-9, 1.0, std::nan("")})
    CHECK_THROWS_AS(decide_rank(std::vector<double>{1}, tolerance), UsageError);
}

TEST_CASE("streaming keeps R^T R = A^T A through many reductions") {
  Matrix a = normal_matrix(1000, 7, "rows"), r = streamed(a, 30).r();
  CHECK(r.shape == Shape{7, 7});
  Matrix difference = matmul(r, r, true), want = matmul(a, a, true);
  for (int i = 0; i < 49; ++i) CHECK(std::abs(difference[i] - want[i]) < 1e-10);
  for (int i = 0; i < 7; ++i)
    for (int j = 0; j < i; ++j) CHECK(r(i, j) == 0);
}

TEST_CASE("streaming resolves singular values of 1e-12, where the Gram matrix sees none below 1e-8") {
  std::vector<double> s = {1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12};
  Matrix a = planted(1000, s);
  auto direct = singular_values(a), streaming = streamed(a, 64).singular_values();
  for (int i = 0; i < 7; ++i) {
    CHECK(std::abs(streaming[i] - s[i]) < 1e-14);
    CHECK(std::abs(streaming[i] - direct[i]) < 1e-14);
  }
  CHECK(streamed(a, 64).rank(1e-11).rank == 6);
  CHECK(streamed(a, 64).rank(1e-13).rank == 7);
  Matrix g({7, 7});
  gram(1000, 7, a.data.data(), 7, g.data.data(), 7);
  double smallest = eigh(g).values[6];
  CHECK(std::abs(smallest - 1e-24) > 1e-20);  // its square root would be off by a factor of 100 or more
}

TEST_CASE("planted ranks are found with a clear gap, and the row space with them") {
  for (std::int64_t rank : {0, 1, 5, 12}) {
    Matrix right = normal_matrix(rank, 12, "right");
    Matrix a = matmul(normal_matrix(700, rank, "left"), right);
    StreamingQr qr = streamed(a, 50);
    CHECK(qr.rank().rank == rank);
    CHECK(qr.rank().gap > 1e10);
    Matrix space = qr.row_space();
    CHECK(space.shape == Shape{12, rank});
    Matrix projected = matmul(matmul(right, space), space, false, true);
    for (std::int64_t i = 0; i < right.size(); ++i) CHECK(std::abs(projected[i] - right[i]) < 1e-12);
  }
}

TEST_CASE("the same rows give the same bits however they are split") {
  Matrix a = normal_matrix(600, 9, "split");
  auto whole = streamed(a, 600).r().data;
  for (std::int64_t chunk : {1, 7, 128, 137, 599}) CHECK(streamed(a, chunk).r().data == whole);
  StreamingQr asked_on_the_way(9);
  for (std::int64_t at = 0; at < 600; at += 50) {
    asked_on_the_way.append(rows_of(a, at, at + 50));
    asked_on_the_way.rank();
  }
  CHECK(asked_on_the_way.r().data == whole);
}

TEST_CASE("merged parts are the whole, bit-equal for 1, 2 and 3 threads") {
  Matrix a = planted(1200, {3, 1, 1e-3, 1e-7, 1e-11});
  StreamingQr one = swept(a, 1);
  CHECK(one.r().data == swept(a, 2).r().data);
  CHECK(one.r().data == swept(a, 3).r().data);
  CHECK(one.rank().rank == 4);
  CHECK(one.rank(1e-12).rank == 5);
}

TEST_CASE("fewer rows than columns, no rows and no columns are legal") {
  StreamingQr qr(100);
  CHECK(qr.r().shape == Shape{0, 100});
  CHECK(qr.rank().rank == 0);
  CHECK(qr.row_space().shape == Shape{100, 0});
  qr.append(Matrix({0, 100}));
  qr.append(normal_matrix(3, 100, "few"));
  qr.merge(StreamingQr(100));
  CHECK(qr.rank().rank == 3);
  qr.merge(qr);
  CHECK(qr.rank().rank == 3);
  CHECK(qr.r().shape == Shape{6, 100});
  StreamingQr none(0);
  none.append(Matrix({5, 0}));
  CHECK(none.rank().rank == 0);
}

TEST_CASE("rows that do not fit or are not finite are refused and leave no trace") {
  StreamingQr qr(2);
  qr.append(Matrix({1, 2}, {3, 4}));
  CHECK_THROWS_WITH_AS(qr.append(Matrix({1, 3})), "StreamingQr::append: rows [1,3] given, wanted 2 columns",
                       ShapeError);
  CHECK_THROWS_AS(qr.append(Matrix({2, 2}, {1, 1, 1, std::nan("")})), NumericalError);
  CHECK_THROWS_AS(qr.merge(StreamingQr(3)), ShapeError);
  CHECK_THROWS_AS(StreamingQr(-1), ShapeError);
  CHECK(qr.r().shape == Shape{1, 2});
  CHECK(std::abs(qr.singular_values()[0] - 5) < 1e-14);
}

TEST_CASE("one ruler: a scale of its own, and what is above rounding beside what is above the tolerance") {
  const std::vector<double> s{1, 1e-8, 1e-10, 1e-15};
  const RankDecision own = decide_rank(s);
  CHECK(own.rank == 2);
  CHECK(own.above_rounding == 3);
  CHECK_FALSE(own.decided());
  CHECK(own.relative_dropped() == doctest::Approx(1e-10));
  CHECK(own.scale == 1);
  const RankDecision coarse = decide_rank(s, Ruler{.scale = 1e3});
  CHECK(coarse.rank == 1);
  CHECK(coarse.above_rounding == 3);
  CHECK(coarse.relative_dropped() == doctest::Approx(1e-11));
  const RankDecision far = decide_rank(s, Ruler{.scale = 1e5});
  CHECK(far.rank == 1);
  CHECK(far.above_rounding == 2);
  CHECK(decide_rank(s, Ruler{.tolerance = 1e-11}).decided());
  CHECK_FALSE(decide_rank(s, Ruler{.tolerance = 1e-16}).decided());  // rounding is kept
  CHECK(decide_rank(std::vector<double>{}, Ruler{}).decided());
}
