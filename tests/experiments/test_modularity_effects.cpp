#include <doctest/doctest.h>

#include <cmath>

#include "experiments/modularity/modularity_effects.h"
#include "experiments/shared/intervals.h"

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

Contrast contrast_of(std::vector<ModularityPair> pairs) { return {Comparison::blocks, std::move(pairs)}; }

ModularityPair pair_of(MeasuredNet first, MeasuredNet second) {
  return {Comparison::blocks, 0, std::move(first), std::move(second)};
}

}  // namespace

TEST_CASE("pairs whose more degenerate member has the lower test loss are counted, whichever it is") {
  MeasuredNet better = made(50, 10), worse = made(60, 10);
  better.test_loss = 0.5;
  CHECK(contrast_of({pair_of(better, worse), pair_of(worse, better), pair_of(worse, worse)})
            .more_degenerate_is_better() == 2);
  better.test_loss = 2;
  CHECK(contrast_of({pair_of(better, worse)}).more_degenerate_is_better() == 0);
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

TEST_CASE("no pairs are no effect") {
  CHECK(interval(Contrast{}.degeneracy(Counted::exact, control::plain))["text"] == "none");
}

TEST_CASE("effects leave out what is not finite") {
  MeasuredNet a = made(60, 10), b = made(60, 10), wild = made(60, 10);
  a.z = 3, b.z = 1, wild.z = INFINITY;
  const Contrast c = contrast_of({pair_of(a, b), pair_of(wild, b), pair_of(a, b)});
  const Estimate e = c.effect([](const MeasuredNet& m) { return m.z; });
  CHECK(e.count == 2);
  CHECK(e.mean == 2);
}

TEST_CASE("intervals say their numbers, on which side of 0 they are, and never -0") {
  const auto e = interval(Estimate{.mean = -0.0002, .deviation = 1, .low = -0.2, .high = 0.3, .count = 4});
  CHECK(e["text"] == "0.000 [-0.200, +0.300]");
  CHECK_FALSE(e["more"].get<bool>());
  CHECK_FALSE(e["less"].get<bool>());
  CHECK(e["count"] == 4);
  CHECK(interval(Estimate{.mean = 2, .low = 1, .high = 3, .count = 4}, 1)["text"] == "+2.0 [+1.0, +3.0]");
  CHECK(interval(estimate(std::vector<double>{2}))["text"] == "+2.000 (too few)");
  CHECK(interval(Correlation{-0.5, -0.9, -0.1, 9})["text"] == "-0.50 [-0.90, -0.10]");
  CHECK(interval(Correlation{-0.5, -0.9, -0.1, 9})["less"].get<bool>());
  CHECK(interval(Correlation{NAN, -1, 1, 9})["text"] == "none: one side is constant");
}
