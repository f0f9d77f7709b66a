#include "experiments/shared/rows.h"

#include <doctest/doctest.h>

#include <string>

using namespace basin::experiments;

TEST_CASE("rows give values, totals, means, some of them and what is distinct in them") {
  struct Row {
    std::string name;
    int count;
    double half() const { return 0.5 * count; }
  };
  const std::vector<Row> rows{{"b", 3}, {"a", 4}, {"b", 5}};
  CHECK(values(rows, &Row::count) == std::vector<int>{3, 4, 5});
  CHECK(values(rows, &Row::half) == std::vector<double>{1.5, 2, 2.5});
  CHECK(total(rows, &Row::half) == 6);
  CHECK(total(std::vector<Row>{}, &Row::count) == 0);
  CHECK(distinct(rows, &Row::name) == std::vector<std::string>{"a", "b"});
  CHECK(mean(rows, &Row::half) == 2);
  CHECK(where(rows, [](const Row& row) { return row.name == "b"; }).back().count == 5);
}
