#include "interp/degeneracy/matched_pairs.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"

using namespace basin;
using namespace basin::interp;

namespace {

// 100 parameters of which `rank` count, `live` hidden neurons, a flat spectrum at `height`.
SampledNet made(std::int64_t rank, std::int64_t live, double height = 1) {
  SampledNet m;
  m.whole = {.parameters = 100, .live = live, .eigenvalues = std::vector<double>(std::size_t(rank), height)};
  m.whole.rank.rank = rank;
  m.pruned = m.whole;
  return m;
}

using Pairs = std::vector<std::pair<SampledNet, SampledNet>>;

Adjusted difference(const Pairs& pairs, Counted counted, const Control& control, double epsilon = 0.01) {
  std::vector<NetPair> views;
  for (const auto& [first, second] : pairs) views.push_back({first, second});
  return free_share_difference(views, counted, control, epsilon);
}

}  // namespace

TEST_CASE("degeneracy is the share that does not count, with and without rescalings") {
  const SampledNet m = made(60, 10);
  CHECK(free_share(m, Counted::exact, control::plain, 0.01) == doctest::Approx(0.4));
  CHECK(free_share(m, Counted::exact, control::beyond_rescaling, 0.01) == doctest::Approx(0.3));
  CHECK(free_share(m, Counted::above, control::plain, 0.01) == doctest::Approx(0.4));
  CHECK(free_share(m, Counted::n_eff, control::plain, 0.25) == doctest::Approx(1 - 0.6 * 0.8));
  CHECK(free_share(m, Counted::n_eff, control::plain, 0.25, 4) == doctest::Approx(1 - 0.6 * 0.5));
}

TEST_CASE("rescalings alone make the plain difference, and go with the first control") {
  const Pairs c(6, {made(74, 26), made(86, 14)});
  CHECK(difference(c, Counted::exact, control::plain).at_zero.mean == doctest::Approx(0.12));
  CHECK(std::abs(difference(c, Counted::exact, control::beyond_rescaling).at_zero.mean) < 1e-15);
}

TEST_CASE("dead neurons count on the whole net and not on the pruned one") {
  SampledNet m = made(60, 10);
  m.pruned.parameters = 90;
  CHECK(free_share(m, Counted::exact, control::beyond_rescaling, 0.01) == doctest::Approx(0.3));
  CHECK(free_share(m, Counted::exact, control::without_dead, 0.01) == doctest::Approx(0.2));
}

TEST_CASE("what follows from dead and always-on neurons alone vanishes by adjustment, what does not stays") {
  Rng rng(1, "pairs");
  Pairs c;
  for (int i = 0; i < 30; ++i) {
    const auto dead = std::int64_t(rng.below(4)), on = std::int64_t(rng.below(3));
    SampledNet first = made(75 - 6 * dead - on, 10), second = made(80, 10);
    first.dead = double(dead) / 10, first.always_on = double(on) / 10;
    c.push_back({first, second});
  }
  const Adjusted a = difference(c, Counted::exact, control::dead_and_on);
  CHECK(a.covariates == 2);
  CHECK(a.at_zero.mean == doctest::Approx(0.05).epsilon(1e-9));
  CHECK(difference(c, Counted::exact, control::beyond_rescaling).at_zero.mean > 0.1);
  CHECK(difference(c, Counted::exact, control::rarely_and_mostly).covariates == 0);
  const Estimate filtered = difference(c, Counted::exact, control::no_dead_or_on).at_zero;
  CHECK(filtered.mean == doctest::Approx(0.05));
  CHECK(filtered.count < 30);
}

TEST_CASE("pairs are left out by the neurons of either member") {
  SampledNet clean = made(60, 10), rare = made(50, 10), dead = made(40, 10);
  rare.rarely = 0.1;
  dead.dead = dead.rarely = 0.1;
  const Pairs c{{clean, clean}, {clean, rare}, {dead, clean}};
  CHECK(difference(c, Counted::exact, control::plain).at_zero.count == 3);
  CHECK(difference(c, Counted::exact, control::no_dead_or_on).at_zero.count == 2);
  CHECK(difference(c, Counted::exact, control::all_fire).at_zero.count == 1);
  CHECK(difference(c, Counted::exact, control::before_training).at_zero.count == 0);
}

TEST_CASE("one absolute cut-off does not forgive a difference of scale, a relative one does") {
  const Pairs c(2, {made(60, 10, 4), made(60, 10, 1)});
  CHECK(std::abs(difference(c, Counted::n_eff, control::beyond_rescaling, 0.5).at_zero.mean) < 1e-15);
  const double wanted = 0.6 * (1.0 / (1 + 0.5 * 2)) - 0.6 * (4.0 / (4 + 0.5 * 2));
  CHECK(difference(c, Counted::n_eff, control::common_cutoff, 0.5).at_zero.mean == doctest::Approx(wanted));
}
