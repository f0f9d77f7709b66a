// What toy models of superposition end in, and where training of six features in the plane leads.
#include "core/parallel.h"
#include "experiments/superposition/superposition_study.h"

#include <doctest/doctest.h>

#include <numeric>

#include <cmath>
#include <numbers>

#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::vector<nn::MetricsLine> curve_of(const std::vector<double>& losses) {
  std::vector<nn::MetricsLine> curve;
  for (const double loss : losses) {
    nn::MetricsLine& line = curve.emplace_back();
    line["epoch"] = double(curve.size());
    line["test_loss"] = loss;
  }
  return curve;
}

Options options_of(const std::vector<const char*>& words) {
  Options o = superposition_options();
  std::vector<const char*> argv{"train_superposition"};
  argv.insert(argv.end(), words.begin(), words.end());
  o.parse(int(argv.size()), argv.data());
  return o;
}

// Turned by an angle, its features in another order.
nn::SuperpositionPoint turned(const nn::SuperpositionPoint& p, double angle) {
  nn::SuperpositionPoint q = p;
  const std::int64_t c = p.features();
  for (std::int64_t i = 0; i < c; ++i) {
    const std::int64_t from = (5 * i + 2) % c;
    q.W(0, i) = std::cos(angle) * p.W(0, from) - std::sin(angle) * p.W(1, from);
    q.W(1, i) = std::sin(angle) * p.W(0, from) + std::cos(angle) * p.W(1, from);
    q.b[std::size_t(i)] = p.b[std::size_t(from)];
  }
  return q;
}

}  // namespace

TEST_CASE("an exact polygon is read as itself, turned and in another order") {
  for (const nn::CriticalPoint& p : nn::critical_points(6)) {
    CAPTURE(p.polygon.name());
    for (const double angle : {0.0, 0.3, 2.0}) {
      const nn::SuperpositionPoint point = turned(p.point, angle);
      const EndState s = end_state(point);
      CHECK(s.regular);
      CHECK(s.polygon == p.polygon);
      CHECK(s.name() == p.polygon.name());
      CHECK(s.represented == p.polygon.corners);
      CHECK(s.length == doctest::Approx(p.length));
      CHECK(s.dimensions == doctest::Approx(2 / double(p.polygon.corners)));
      CHECK(nn::population_loss(point).loss == doctest::Approx(p.loss));
    }
  }
}

TEST_CASE("what is no regular polygon is called so: another angle, another length, an output that is never on") {
  const nn::SuperpositionPoint six = nn::critical_point({6, 0, 6}).point;
  nn::SuperpositionPoint bent = six, longer = six, off = six;
  const double angle = std::atan2(six.W(1, 0), six.W(0, 0)) + 0.1;
  const double length = std::hypot(six.W(0, 0), six.W(1, 0));
  bent.W(0, 0) = length * std::cos(angle), bent.W(1, 0) = length * std::sin(angle);
  longer.W(0, 0) *= 1.2, longer.W(1, 0) *= 1.2;
  off.b[0] = -length * length - 0.01;
  CHECK(end_state(bent).name() == "6 features, no regular polygon");
  CHECK(end_state(longer).name() == "6 features, no regular polygon");
  CHECK(end_state(off).name() == "5 features, no regular polygon");
  CHECK(end_state({Matrix({2, 4}), std::vector<double>(4)}).name() == "0 features, no regular polygon");
  CHECK(end_state({Matrix({3, 1}, 1.0), {0}}).name() == "1 feature");  // not in the plane
}

TEST_CASE("dimensions of a feature: one for a direction of its own, shares on a common line, none for a column of 0") {
  const Matrix W({2, 4}, {1, -2, 0, 0, 0, 0, 0.5, 0});
  const std::vector<double> d = feature_dimensions(W);
  CHECK(d[0] == doctest::Approx(1.0 / 5));  // 1 of 1 + 4
  CHECK(d[1] == doctest::Approx(4.0 / 5));
  CHECK(d[2] == doctest::Approx(1));
  CHECK(d[3] == 0);
}

TEST_CASE("a plateau lasts until the epoch is half as large again, and plateaus do not overlap") {
  const std::vector<Plateau> found = plateaus(curve_of({9, 5, 5, 5, 4, 3, 3, 3.01, 2.99, 3}));
  REQUIRE(found.size() == 2);
  CHECK(found[0].first == 2);
  CHECK(found[0].last == 4);
  CHECK(found[0].loss == 5);
  CHECK(found[1].first == 6);
  CHECK(found[1].last == 10);
  CHECK(plateaus(curve_of({9, 8, 7, 6, 5, 4, 3, 2})).empty());
  CHECK(plateaus({}).empty());
}

TEST_CASE("the nearest exact point is one that is near") {
  const auto points = nn::critical_points(6);
  CHECK(nearest_point(points, 0.0618 * 1.01)->polygon == nn::Polygon{5, 1, 6});
  CHECK(nearest_point(points, 0.0687)->polygon == nn::Polygon{5, 0, 6});
  CHECK_FALSE(nearest_point(points, 0.055).has_value());
  CHECK_FALSE(nearest_point({}, 0.055).has_value());
}

TEST_CASE("six features in the plane end on exact critical points: pentagons, and some hexagons") {
  const TempFolder tmp;
  const Options o = options_of({"--threads", "2"});
  const SuperpositionTask task = superposition_task(o);
  REQUIRE(task.starts == 20);
  std::int64_t steps = 0;
  std::vector<std::int64_t> starts(20);
  std::iota(starts.begin(), starts.end(), 0);
  train_starts(task, starts, o, tmp.path(), false, [&](std::int64_t done) { steps = done; });
  CHECK(steps == 20 * task.steps());
  const auto exact = task.critical();
  std::map<std::string, int> count;
  for (std::int64_t start = 0; start < task.starts; ++start) {
    const SuperpositionNetwork n = read_start(task, tmp.path(), start);
    CAPTURE(start);
    ++count[n.state.name()];
    CHECK(n.state.regular);
    const auto nearest = nearest_point(exact, n.loss(), 0.01);
    REQUIRE(nearest.has_value());
    CHECK(nearest->polygon == n.state.polygon);
    CHECK(nn::population_loss(n.point).loss == doctest::Approx(n.loss()).epsilon(1e-6));
    CHECK(n.loss() > nearest->loss * (1 - 1e-6));
  }
  CHECK(count["5-gon, 1 live"] >= 12);  // 16 of 20, and 4 hexagons, where this was written
  CHECK(count["6-gon"] >= 1);
  CHECK(count["5-gon, 1 live"] + count["6-gon"] >= 18);
}

TEST_CASE("sparser features are represented by more directions than there are hidden numbers") {
  const Options o = options_of({"--phase-hidden", "2", "--sparsities", "0,0.98", "--threads", "2"});
  const std::vector<PhaseNetwork> networks = phase_networks(o);
  REQUIRE(networks.size() == 4);
  const std::vector<Phase> phases = best_of_starts(
      parallel_results(2, 4, [&](std::int64_t i) { return train_phase(networks[std::size_t(i)], o); }), o);
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].represented == 2);
  CHECK(phases[0].dimensions == doctest::Approx(1).epsilon(0.05));
  CHECK(phases[1].represented >= 4);
  CHECK(phases[1].dimensions < 0.5);
}
