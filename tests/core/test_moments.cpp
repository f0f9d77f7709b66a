// Mean and covariance of rows that come in pieces.
#include <doctest/doctest.h>

#include "core/error.h"
#include "core/moments.h"
#include "core/npz.h"
#include "core/rng.h"
#include "tests/core/temp_folder.h"

using namespace basin;

namespace {

Matrix rows_far_from_zero(std::int64_t n) {
  Matrix x({n, 3});
  Rng rng(5, "test/moments");
  rng.fill_normal(std::span<double>(x.data));
  for (std::int64_t i = 0; i < n; ++i) x(i, 1) += 1e8, x(i, 2) = 7;
  return x;
}

}  // namespace

TEST_CASE("covariance is about the mean, however far that is") {
  const Matrix x = rows_far_from_zero(400);
  Moments m(3, {0, 1e8, 7});
  m.add(x.data);
  double mean = 0, variance = 0;
  for (std::int64_t i = 0; i < 400; ++i) mean += (x(i, 1) - 1e8) / 400;
  for (std::int64_t i = 0; i < 400; ++i) variance += (x(i, 1) - 1e8 - mean) * (x(i, 1) - 1e8 - mean) / 400;
  CHECK(m.mean()[1] == doctest::Approx(1e8 + mean).epsilon(1e-15));
  CHECK(m.covariance()(1, 1) == doctest::Approx(variance).epsilon(1e-12));
  CHECK(m.covariance()(2, 2) == 0);
  CHECK(m.covariance()(0, 1) == m.covariance()(1, 0));
  CHECK(m.second_moment()(2, 2) == 49);
}

TEST_CASE("pieces make the whole") {
  const Matrix x = rows_far_from_zero(300);
  Moments whole(3, {0, 1e8, 7}), first = whole, second = whole;
  whole.add(x.data);
  first.add(std::span(x.data).first(3 * 120));
  second.add(std::span(x.data).subspan(3 * 120));
  first.merge(second);
  CHECK(first.samples() == 300);
  for (std::int64_t i = 0; i < 9; ++i)
    CHECK(first.covariance()[i] == doctest::Approx(whole.covariance()[i]).epsilon(1e-12));
}

TEST_CASE("moments are kept, and what is no moments is refused") {
  TempFolder tmp;
  Moments m(3, {0, 1e8, 7});
  m.add(rows_far_from_zero(50).data);
  m.save(tmp / "m.npz");
  CHECK(Moments::load(tmp / "m.npz").covariance().data == m.covariance().data);
  NpzWriter other;
  other.add("near", Tensor<double>({2}));
  other.save(tmp / "other.npz");
  CHECK_THROWS_AS(Moments::load(tmp / "other.npz"), DataError);
  CHECK_THROWS_AS(Moments(3, {1}), ShapeError);
  CHECK_THROWS_AS(m.add(std::vector<double>(4)), ShapeError);
  CHECK_THROWS_AS(m.merge(Moments(3)), ShapeError);
  CHECK_THROWS_AS(Moments(2).covariance(), NumericalError);
}
