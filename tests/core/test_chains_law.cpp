// Statistics of Markov chains against chains whose law is known.
#include <doctest/doctest.h>

#include <cmath>

#include "ar1.h"
#include "core/autocorrelation.h"
#include "core/chains.h"
#include "core/matrix.h"

using namespace basin;

namespace {

struct Setting {
  std::int64_t chains = 4;
  double phi = 0;
  double start = 0;  // how far all chains start from the mean; a burn-in is cut off unless it is 0
};

// In how many of 1,000 repeats of 500 draws the interval holds the mean, 0.
int covered(const Setting& of) {
  Rng rng(1, "coverage");
  int inside = 0;
  for (int repeat = 0; repeat < 1000; ++repeat) {
    Matrix x = ar1(of.chains, 500, of.phi, rng);
    if (of.start != 0) add_start(x, of.start, of.phi);
    const std::int64_t cut = of.start == 0 ? 0 : burn_in(x).draws;
    const ChainMean m = chain_mean(columns_of(x, cut, 500 - cut));
    inside += m.lower < 0 && 0 < m.upper;
  }
  return inside;
}

}  // namespace

// The estimates have standard errors of 1 % and less, that of φ = 0.99 of 2.5 %.
TEST_CASE("autocorrelation times of autoregressive chains") {
  for (double phi : {-0.5, 0.0, 0.5, 0.9, 0.99}) {
    CAPTURE(phi);
    const Matrix x = ar1(phi < 0.9 ? 8 : 40, 100000, phi, "times");
    CHECK(integrated_autocorrelation_time(x) == doctest::Approx((1 + phi) / (1 - phi)).epsilon(0.05));
  }
}

TEST_CASE("95 % intervals hold the mean of 92 to 99.5 % of chains") {
  for (const Setting& of : {Setting{8, 0.5}, {4, 0.99}, {4, 0.9, 50}}) {
    CAPTURE(of.chains);
    CAPTURE(of.phi);
    CAPTURE(of.start);
    const int inside = covered(of);
    CHECK(inside >= 920);
    CHECK(inside <= 995);
  }
}

TEST_CASE("chains that are long enough are not said to drift, others are where they do") {
  Rng rng(1, "drift");
  int drifting = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) drifting += drift(ar1(4, 500, 0.9, rng)).drifts();
  CHECK(drifting < 40);
  for (std::int64_t chains : {1, 4}) {
    Matrix x = ar1(chains, 2000, 0.5, rng);
    CHECK(std::abs(drift(x).z) < 4);
    for (std::int64_t t = 0; t < x.size(); ++t) x[t] -= double(t % 2000) / 1000;
    CHECK(drift(x).drifts());
    CHECK(drift(x).difference == doctest::Approx(1.3).epsilon(0.15));  // from -0.2 to -1.5
  }
}

TEST_CASE("z of drift is a standard normal number, nearly") {
  Rng rng(1, "z");
  double squares = 0;
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const double z = drift(ar1(4, 1000, 0.5, rng)).z;
    squares += z * z / 1000;
  }
  CHECK(squares == doctest::Approx(1).epsilon(0.2));
}

TEST_CASE("a burn-in is at least 5 autocorrelation times, and short where nothing is wrong") {
  Rng rng(1, "burn-in");
  double mean = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    const BurnIn b = burn_in(ar1(4, 1000, 0.9, rng));
    CHECK(b.draws % 50 == 0);
    CHECK(b.draws >= 50);
    mean += double(b.draws) / 200;
  }
  CHECK(mean >= 95);
  CHECK(mean < 150);
}

TEST_CASE("a burn-in ends where a slow start is over, or is half") {
  Matrix slow = ar1(4, 2000, 0.5, "slow"), never = slow;
  add_start(slow, 20, std::exp(-1.0 / 100));
  add_start(never, 20, std::exp(-1.0 / 2000));
  const BurnIn b = burn_in(slow), half = burn_in(never);
  CHECK(b.settled);
  CHECK(b.draws >= 300);  // 5 autocorrelation times are 15
  CHECK(b.draws <= 700);
  CHECK(half.draws == 1000);
  CHECK(!half.settled);
  const ChainMean uncut = chain_mean(slow), cut = chain_mean(columns_of(slow, b.draws, 2000 - b.draws));
  CHECK(uncut.lower > 0);
  CHECK(cut.lower < 0);
  CHECK(cut.upper > 0);
}

TEST_CASE("chains that are too short for their memory are not said to settle after a far start") {
  Matrix x = ar1(4, 500, 0.99, "short");  // 5 autocorrelation times are 995 draws
  CHECK(burn_in(x).draws == 250);
  add_start(x, 50, 0.99);
  CHECK(burn_in(x).draws == 250);
  CHECK(!burn_in(x).settled);
  CHECK(drift(columns_of(x, 250, 250)).drifts());
}
