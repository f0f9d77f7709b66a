#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"
#include "experiments/modularity/modularity_effects.h"

using namespace basin;
using namespace basin::experiments;

namespace {

// 100 parameters of which `rank` count, `live` hidden neurons, a flat spectrum at `height`.
MeasuredNet made(std::int64_t rank, std::int64_t live, double height = 1) {
  MeasuredNet m;
  m.whole = {.parameters = 100, .live = live, .eigenvalues = std::vector<double>(std::size_t(rank), height)};
  m.whole.rank.rank = rank;
  m.pruned = m.whole;
  m.train_loss = m.test_loss = 1;
  return m;
}

ModularityPair pair_of(MeasuredNet first, MeasuredNet second) {
  return {Comparison::blocks, 0, std::move(first), std::move(second)};
}

}  // namespace

TEST_CASE("degeneracy is the share that does not count, with and without rescalings") {
  const MeasuredNet m = made(60, 10);
  CHECK(degeneracy(m, Count::exact, Control::plain, 0.01) == doctest::Approx(0.4));
  CHECK(degeneracy(m, Count::exact, Control::beyond_rescaling, 0.01) == doctest::Approx(0.3));
  CHECK(degeneracy(m, Count::above, Control::plain, 0.01) == doctest::Approx(0.4));
  CHECK(degeneracy(m, Count::n_eff, Control::plain, 0.25) == doctest::Approx(1 - 0.6 * 0.8));
  CHECK(degeneracy(m, Count::n_eff, Control::plain, 0.25, 4) == doctest::Approx(1 - 0.6 * 0.5));
}

TEST_CASE("rescalings alone make the plain difference, and go with the first control") {
  Pairs pairs;
  for (int i = 0; i < 6; ++i) pairs.push_back(pair_of(made(74, 26), made(86, 14)));
  CHECK(degeneracy_effect(pairs, Count::exact, Control::plain, 0.01).at_zero.mean == doctest::Approx(0.12));
  CHECK(std::abs(degeneracy_effect(pairs, Count::exact, Control::beyond_rescaling, 0.01).at_zero.mean) < 1e-15);
}

TEST_CASE("dead neurons count on the whole net and not on the pruned one") {
  MeasuredNet m = made(60, 10);
  m.pruned.parameters = 90;
  CHECK(degeneracy(m, Count::exact, Control::beyond_rescaling, 0.01) == doctest::Approx(0.3));
  CHECK(degeneracy(m, Count::exact, Control::without_dead, 0.01) == doctest::Approx(0.2));
}

TEST_CASE("what follows from dead and always-on neurons alone vanishes by adjustment, what does not stays") {
  Rng rng(1, "pairs");
  Pairs pairs;
  for (int i = 0; i < 30; ++i) {
    const auto dead = std::int64_t(rng.below(4)), on = std::int64_t(rng.below(3));
    MeasuredNet first = made(75 - 6 * dead - on, 10), second = made(80, 10);
    first.dead = double(dead) / 10, first.always_on = double(on) / 10;
    pairs.push_back(pair_of(first, second));
  }
  const Adjusted a = degeneracy_effect(pairs, Count::exact, Control::dead_and_on, 0.01);
  CHECK(a.covariates == 2);
  CHECK(a.at_zero.mean == doctest::Approx(0.05).epsilon(1e-9));
  CHECK(degeneracy_effect(pairs, Count::exact, Control::beyond_rescaling, 0.01).at_zero.mean > 0.1);
  CHECK(degeneracy_effect(pairs, Count::exact, Control::rarely_and_mostly, 0.01).covariates == 0);
  const Estimate filtered = degeneracy_effect(pairs, Count::exact, Control::no_dead_or_on, 0.01).at_zero;
  CHECK(filtered.mean == doctest::Approx(0.05));
  CHECK(filtered.count < 30);
}

TEST_CASE("pairs are left out by the neurons of either member") {
  MeasuredNet clean = made(60, 10), rare = made(50, 10), dead = made(40, 10);
  rare.rarely = 0.1;
  dead.dead = dead.rarely = 0.1;
  const Pairs pairs{pair_of(clean, clean), pair_of(clean, rare), pair_of(dead, clean)};
  CHECK(degeneracy_differences(pairs, Count::exact, Control::plain, 0.01).size() == 3);
  CHECK(degeneracy_differences(pairs, Count::exact, Control::no_dead_or_on, 0.01).size() == 2);
  CHECK(degeneracy_differences(pairs, Count::exact, Control::all_fire, 0.01).size() == 1);
  CHECK(degeneracy_differences(pairs, Count::exact, Control::before_training, 0.01).empty());
  CHECK(text(degeneracy_effect({}, Count::exact, Control::plain, 0.01).at_zero) == "no pairs");
}

TEST_CASE("one absolute cut-off does not forgive a difference of scale, a relative one does") {
  const Pairs pairs{pair_of(made(60, 10, 4), made(60, 10, 1)), pair_of(made(60, 10, 4), made(60, 10, 1))};
  CHECK(std::abs(degeneracy_differences(pairs, Count::n_eff, Control::beyond_rescaling, 0.5)[0]) < 1e-15);
  const double wanted = 0.6 * (1.0 / (1 + 0.5 * 2)) - 0.6 * (4.0 / (4 + 0.5 * 2));
  CHECK(degeneracy_differences(pairs, Count::n_eff, Control::common_cutoff, 0.5)[0] == doctest::Approx(wanted));
}

TEST_CASE("pairs whose more degenerate member has the lower test loss are counted, whichever it is") {
  MeasuredNet better = made(50, 10), worse = made(60, 10);
  better.test_loss = 0.5;
  CHECK(more_degenerate_is_better({pair_of(better, worse), pair_of(worse, better), pair_of(worse, worse)}) == 2);
  better.test_loss = 2;
  CHECK(more_degenerate_is_better({pair_of(better, worse)}) == 0);
}

TEST_CASE("among starts each data set's mean is removed before correlating") {
  ModularityStudy study;
  for (std::int64_t data_set = 0; data_set < 3; ++data_set)
    for (std::int64_t i = 0; i < 10; ++i) {
      MeasuredNet m = made(50 + i + 5 * data_set, 10);  // more rank: less degenerate, and here a higher loss …
      m.net = "separable";
      m.test_loss = std::exp(0.1 * double(i) - double(data_set));  // … within each data set, but not across
      study.starts.push_back({data_set, i, m});
    }
  const Correlation c = degeneracy_with_loss(study, "separable");
  CHECK(c.r == doctest::Approx(-1));
  CHECK(c.count == 30);
  CHECK(std::isnan(degeneracy_with_loss(study, "blocks").r));
}

TEST_CASE("effects leave out what is not finite") {
  MeasuredNet a = made(60, 10), b = made(60, 10), wild = made(60, 10);
  a.z = 3, b.z = 1, wild.z = INFINITY;
  const Estimate e =
      effect_on({pair_of(a, b), pair_of(wild, b), pair_of(a, b)}, [](const MeasuredNet& m) { return m.z; });
  CHECK(e.count == 2);
  CHECK(e.mean == 2);
}
