#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "nn/schedule.h"

using namespace basin;
using namespace basin::nn;
using doctest::Approx;

TEST_CASE("a constant schedule is constant") {
  const Schedule s{.rate = 0.1};
  for (std::int64_t step : {0, 1, 1000000}) CHECK(s.at(step) == 0.1);
}

TEST_CASE("warm-up rises in a line to the rate") {
  const Schedule s{.rate = 0.8, .warm_up = 4};
  CHECK(s.at(0) == Approx(0.2));
  CHECK(s.at(1) == Approx(0.4));
  CHECK(s.at(3) == Approx(0.8));
  CHECK(s.at(4) == 0.8);
  CHECK(s.at(100) == 0.8);
}

TEST_CASE("cosine falls from the rate to the final rate, and stays there") {
  const Schedule s{.rate = 1, .decay = Decay::cosine, .steps = 100, .final_rate = 0.2};
  CHECK(s.at(0) == 1);
  CHECK(s.at(25) == Approx(0.2 + 0.4 * (1 + std::sqrt(0.5))));
  CHECK(s.at(50) == Approx(0.6));
  CHECK(s.at(100) == Approx(0.2));
  CHECK(s.at(1000) == Approx(0.2));
  for (int i = 0; i < 100; ++i) CHECK(s.at(i + 1) < s.at(i));
}

TEST_CASE("cosine begins where warm-up ends") {
  const Schedule s{.rate = 1, .warm_up = 10, .decay = Decay::cosine, .steps = 110};
  CHECK(s.at(0) == Approx(0.1));
  CHECK(s.at(9) == Approx(1));
  CHECK(s.at(10) == 1);
  CHECK(s.at(60) == Approx(0.5));
  CHECK(s.at(110) == Approx(0));
}

TEST_CASE("a warm-up longer than the run is only a warm-up") {
  const Schedule s{.rate = 1, .warm_up = 10, .decay = Decay::cosine, .steps = 5};
  CHECK(s.at(4) == Approx(0.5));
  CHECK(s.at(10) == 1);
}

TEST_CASE("schedules refuse what makes no sense") {
  CHECK(decay_from("constant") == Decay::constant);
  CHECK(decay_from("cosine") == Decay::cosine);
  CHECK_THROWS_WITH_AS(decay_from("step"), "schedule: 'step' given; wanted constant or cosine", UsageError);
  CHECK_NOTHROW(Schedule{}.validate());
  CHECK_THROWS_WITH_AS(Schedule{.rate = -1}.validate(),
                       "schedule: rate -1.000000 and final rate 0.000000 given; wanted finite numbers of 0 or more",
                       UsageError);
  CHECK_THROWS_AS(Schedule{.rate = std::numeric_limits<double>::quiet_NaN()}.validate(), UsageError);
  CHECK_THROWS_AS(Schedule{.final_rate = std::numeric_limits<double>::infinity()}.validate(), UsageError);
  CHECK_THROWS_AS(Schedule{.warm_up = -1}.validate(), UsageError);
  CHECK_THROWS_AS(Schedule{.steps = -1}.validate(), UsageError);
}
