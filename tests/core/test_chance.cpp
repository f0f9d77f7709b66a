#include "core/chance.h"

#include <doctest/doctest.h>

#include <iterator>

using namespace basin;

TEST_CASE("tolerances are five standard errors") {
  CHECK(mean_tolerance(2, 100) == doctest::Approx(1));
  CHECK(deviation_tolerance(2, 51) == doctest::Approx(1));
  CHECK(deviation_tolerance(2, 51, 9) == doctest::Approx(2));
  CHECK(share_tolerance(0.5, 100) == doctest::Approx(0.25));
  CHECK(share_tolerance(0.1, 900) == doctest::Approx(0.05));
}

// From exact rational sums of the binomial distribution in Python.
TEST_CASE("as many misses as chance explains, and no more") {
  const std::int64_t draws[] = {1, 6, 15, 30, 60, 120, 300, 600};
  const std::int64_t in_a_thousand[] = {1, 2, 3, 3, 4, 4, 6, 7}, in_500[] = {1, 2, 3, 4, 4, 5, 7, 10},
                     in_20[] = {1, 5, 7, 10, 14, 21, 37, 60};
  for (std::size_t i = 0; i < std::size(draws); ++i) {
    CHECK(misses_by_chance(draws[i], 0.001) == in_a_thousand[i]);
    CHECK(misses_by_chance(draws[i], 0.002) == in_500[i]);
    CHECK(misses_by_chance(draws[i], 0.05) == in_20[i]);
  }
  CHECK(misses_by_chance(0, 0.05) == 0);
}
