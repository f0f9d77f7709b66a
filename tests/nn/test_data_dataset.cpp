#include <doctest/doctest.h>

#include <limits>
#include <numeric>

#include "nn/data/dataset.h"
#include "nn/data/minibatches.h"

using namespace basin;
using namespace basin::nn;

namespace {

// Row i holds (i, -i), its label is i mod 3.
Dataset counting(std::int64_t n) {
  Dataset data{"counting", Tensor<float>({n, 2}), Tensor<float>({n}), 3, "test"};
  for (std::int64_t i = 0; i < n; ++i) {
    data.x(i, 0) = float(i);
    data.x(i, 1) = -float(i);
    data.y[i] = float(i % 3);
  }
  return data;
}

}  // namespace

TEST_CASE("a data set tells its sizes and passes its own check") {
  const Dataset data = counting(7);
  CHECK(data.size() == 7);
  CHECK(data.inputs() == 2);
  CHECK(data.outputs() == 3);
  CHECK_NOTHROW(data.validate());
  const Dataset regression{"r", Tensor<float>({4, 2}), Tensor<float>({4, 5}), 0, ""};
  CHECK(regression.outputs() == 5);
  CHECK_NOTHROW(regression.validate());
}

TEST_CASE("a wrong number is reported with data set, row and column") {
  Dataset data = counting(7);
  data.x(4, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(data.validate(), "data set counting: x row 4, column 1 is nan, wanted a finite number",
                       DataError);
  data = counting(7);
  data.y[5] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(data.validate(), "data set counting: y row 5, column 0 is inf, wanted a finite number",
                       DataError);
  for (const float label : {3.f, -1.f, 0.5f}) {
    data = counting(7);
    data.y[6] = label;
    CHECK_THROWS_WITH_AS(data.validate(), doctest::Contains("counting: y row 6, column 0 is"), DataError);
  }
}

TEST_CASE("shapes that do not agree are refused") {
  const auto refused = [](Shape x, Shape y, std::int64_t classes) {
    const Dataset data{"d", Tensor<float>(x), Tensor<float>(y), classes, ""};
    CHECK_THROWS_WITH_AS(data.validate(), doctest::Contains("data set d: "), DataError);
  };
  refused({4, 2}, {3}, 2);
  refused({4, 2}, {4, 1}, 2);
  refused({4, 2}, {4}, 0);
  refused({4}, {4}, 2);
  refused({4, 2, 2}, {4}, 2);
  refused({0, 2}, {0}, 2);
  refused({4, 0}, {4}, 2);
  refused({4, 2}, {4, 0}, 0);
  refused({4, 2}, {4}, -1);
  CHECK_THROWS_AS(Dataset{}.validate(), DataError);
}

TEST_CASE("a split has every row once and depends on the seed alone") {
  const Dataset data = counting(100);
  const Split a = split(data, 0.29, 3), b = split(data, 0.29, 3), c = split(data, 0.29, 4);
  CHECK(a.train.size() == 29);
  CHECK(a.test.size() == 71);
  std::vector<int> seen(100);
  for (const Dataset* part : {&a.train, &a.test})
    for (std::int64_t i = 0; i < part->size(); ++i) {
      const int row = int(part->x(i, 0));
      ++seen[std::size_t(row)];
      CHECK(part->y[i] == float(row % 3));
    }
  CHECK(seen == std::vector<int>(100, 1));
  CHECK(a.train.x.data == b.train.x.data);
  CHECK(a.train.x.data != c.train.x.data);
  CHECK(a.test.classes == 3);
}

TEST_CASE("a split that leaves a part empty is refused") {
  for (const double fraction : {0.0, 1.0, -0.5, 1.5, 0.001, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH_AS(split(counting(10), fraction, 0), doctest::Contains("help: choose a fraction"), UsageError);
}

TEST_CASE("the content hash sees numbers, shapes, classes and what these are called, not the name of the data") {
  const Dataset data = counting(6);
  Dataset other = data;
  other.name = "another";
  CHECK(content_hash(other) == content_hash(data));
  CHECK(content_hash(data).size() == 16);
  other.x[3] += 1;
  CHECK(content_hash(other) != content_hash(data));
  other = data;
  other.classes = 4;
  CHECK(content_hash(other) != content_hash(data));
  other = data;
  other.class_names = {"a", "b", "c"};
  CHECK(content_hash(other) != content_hash(data));
  other = data;
  other.x.shape = {4, 3};
  CHECK(content_hash(other) != content_hash(data));
}

TEST_CASE("an epoch covers each row once and keeps the last partial batch") {
  for (const auto& [n, batch, count] : {std::array{10, 4, 3}, {12, 4, 3}, {3, 8, 1}, {1, 1, 1}, {7, 1, 7}}) {
    const Epoch epoch = Minibatches(n, batch, 5).epoch(2);
    CHECK(epoch.size() == count);
    std::vector<int> seen(std::size_t(n), 0);
    std::int64_t batches = 0;
    for (const auto rows : epoch) {
      if (++batches < count) CHECK(rows.size() == std::size_t(batch));
      CHECK(!rows.empty());
      for (const std::int64_t row : rows) ++seen[std::size_t(row)];
    }
    CHECK(batches == count);
    CHECK(seen == std::vector<int>(std::size_t(n), 1));
  }
}

TEST_CASE("an epoch's order depends on the seed and its number alone") {
  const auto order = [](std::uint64_t seed, std::int64_t epoch) {
    const Epoch e = Minibatches(50, 8, seed).epoch(epoch);
    return std::vector<std::int64_t>(e.order().begin(), e.order().end());
  };
  CHECK(order(1, 7) == order(1, 7));
  CHECK(order(1, 7) != order(1, 8));
  CHECK(order(1, 7) != order(2, 7));
  CHECK_THROWS_AS(Minibatches(0, 1, 0), UsageError);
  CHECK_THROWS_AS(Minibatches(5, 0, 0), UsageError);
}

TEST_CASE("rows are taken in the order asked for, and none outside the table") {
  const Dataset data = counting(5), some = take_rows(data, std::vector<std::int64_t>{4, 0, 4});
  CHECK(some.x.data == std::vector<float>{4, -4, 0, 0, 4, -4});
  CHECK(some.y.data == std::vector<float>{1, 0, 1});
  for (const std::int64_t row : {std::int64_t(-1), std::int64_t(5)})
    CHECK_THROWS_WITH_AS(take_rows(data, std::vector{row}), doctest::Contains("take_rows: row "), ShapeError);
}
