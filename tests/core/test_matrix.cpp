#include "core/matrix.h"

#include <doctest/doctest.h>

#include <vector>

using namespace basin;

TEST_CASE("rows and columns are taken from a place on, or at places in any order and more than once") {
  const Matrix a({3, 4}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
  CHECK(rows_of(a, 1, 2).data == std::vector<double>{10, 11, 12, 13, 20, 21, 22, 23});
  CHECK(columns_of(a, 2, 2).data == std::vector<double>{2, 3, 12, 13, 22, 23});
  const std::vector<std::int64_t> places{2, 0, 2};
  CHECK(rows_at(a, places).data == std::vector<double>{20, 21, 22, 23, 0, 1, 2, 3, 20, 21, 22, 23});
  CHECK(columns_at(a, places).data == std::vector<double>{2, 0, 2, 12, 10, 12, 22, 20, 22});
  CHECK(rows_at(a, {}).shape == Shape{0, 4});
  CHECK(columns_at(a, {}).shape == Shape{3, 0});
}
