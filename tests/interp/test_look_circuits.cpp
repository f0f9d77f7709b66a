#include <doctest/doctest.h>

#include <map>

#include "interp/look/circuit_scores.h"
#include "interp/look/path.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::int64_t circuit_named(const PlantedCircuits& p, const std::string& name) {
  return std::ranges::find(p.circuits, name) - p.circuits.begin();
}

// The effects of one circuit's own units.
std::vector<double> own_effects(const PlantedCircuits& p, const Matrix& effects, const std::string& name) {
  const std::int64_t c = circuit_named(p, name);
  std::vector<double> own;
  for (std::int64_t u = 0; u < std::ssize(p.units); ++u)
    if (p.units[std::size_t(u)].circuit == c) own.push_back(effects(c, u));
  return own;
}

// The largest effect of units that are not the circuit's.
double others(const PlantedCircuits& p, const Matrix& effects) {
  double largest = 0;
  for (std::int64_t c = 0; c < effects.rows(); ++c)
    for (std::int64_t u = 0; u < effects.cols(); ++u)
      if (p.units[std::size_t(u)].circuit != c) largest = std::max(largest, std::abs(effects(c, u)));
  return largest;
}

}  // namespace

TEST_CASE("with room for all units the network computes what its circuits are to compute") {
  const PlantedCircuits p = planted_circuits({.seed = 3});
  const Matrix out = value_of_rows(p.model, p.data, "out");
  const Matrix& x = p.data.at("x");
  REQUIRE(x.shape == Shape{64, 15});
  REQUIRE(p.circuits == std::vector<std::string>{"sum", "and", "or", "xor", "backup", "constant", "cancelling"});
  for (std::int64_t r = 0; r < 64; ++r) {
    const auto b = [&](std::int64_t i) { return x(r, i) == 1; };
    const double sum = 1 + p.sum_weights[0] * b(0) + p.sum_weights[1] * b(1) + p.sum_weights[2] * b(2);
    const double expected[] = {sum,
                               double(b(3) && b(4)),
                               double(b(5) || b(6) || b(7)),
                               double(b(8) != b(9)),
                               double(b(10)),
                               1.0 + b(11) + b(12),
                               2.0 + b(13)};
    for (std::int64_t c = 0; c < 7; ++c) {
      CHECK(std::abs(out(r, c) - expected[c]) < 1e-12);
      CHECK(p.intended(c, x.row(r)) == doctest::Approx(expected[c]));
    }
  }
  CHECK(p.interference < 1e-14);
}

TEST_CASE("units say whose they are and whether they matter") {
  const PlantedCircuits p = planted_circuits({.idle = 2});
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;  // by circuit: units, those that matter
  for (const PlantedUnit& u : p.units) {
    auto& [all, true_ones] = counts[u.circuit < 0 ? "idle" : p.circuits[std::size_t(u.circuit)]];
    ++all, true_ones += u.matters;
  }
  const std::map<std::string, std::pair<std::int64_t, std::int64_t>> expected{
      {"sum", {3, 3}},    {"and", {2, 2}},      {"or", {3, 3}},         {"xor", {2, 2}},
      {"backup", {2, 2}}, {"constant", {3, 2}}, {"cancelling", {3, 1}}, {"idle", {2, 0}}};
  CHECK(counts == expected);
  CHECK(p.units[0].name == "sum.0");
  CHECK(p.units.back().name == "idle.1");
  CHECK(p.matters(0, 0));
  CHECK(!p.matters(0, 1));
  const Matrix post = value_of_rows(p.model, p.data, "units.post");
  for (std::int64_t i = 18; i < 20; ++i) {  // idle units answer the data
    double low = INFINITY, high = 0;
    for (std::int64_t r = 0; r < post.rows(); ++r) low = std::min(low, post(r, i)), high = std::max(high, post(r, i));
    CHECK(high > low + 0.1);
  }
}

TEST_CASE("the effects of each method on each circuit are those of arithmetic") {
  using enum LookMethod;
  const PlantedCircuits p = planted_circuits({.seed = 5});
  const std::vector<double>& w = p.sum_weights;
  const Matrix post = value_of_rows(p.model, p.data, "units.post");
  const auto on = [&](std::int64_t bit) {  // the share of rows of the data with this bit
    double sum = 0;
    for (std::int64_t r = 0; r < 64; ++r) sum += p.data.at("x")(r, bit) / 64;
    return sum;
  };
  const auto off = [&](std::int64_t bit) { return std::sqrt(1 - on(bit)); };  // rms of a loss of 1 where it is off
  struct Expected {
    LookMethod method;
    std::vector<double> sum, conjunction, disjunction, exclusive, backup, constant, cancelling;
  };
  // Gradients: the gate of `and` has slope 2 when both are on and 0 at rest, those of `or` 0 with none or three on;
  // `xor` has -2 with both on. From the corrupt to the clean run `constant` goes from relu(1) to relu(3), one line;
  // from 0 it is below its kink for half of the path.
  const std::vector<Expected> table{
      {gradient_times_activation, w, {2, 2}, {0, 0, 0}, {-2, -2}, {0, 0}, {1, 1, 4}, {1, 1, -1}},
      {attribution_patching, w, {0, 0}, {0, 0, 0}, {0, 0}, {0, 0}, {1, 1, 0}, {1, 1, -1}},
      {integrated_attribution_patching, w, {.5, .5}, {1. / 3, 1. / 3, 1. / 3}, {0, 0}, {.5, .5}, {1, 1, 0}, {1, 1, -1}},
      {integrated_gradients, w, {.5, .5}, {1. / 3, 1. / 3, 1. / 3}, {0, 0}, {.5, .5}, {.5, .5, 2}, {1, 1, -1}},
      {zero_ablation, w, {1, 1}, {0, 0, 0}, {-1, -1}, {0, 0}, {1, 1, 3}, {1, 1, -1}},
      {mean_ablation,
       {w[0] * (1 - on(0)), w[1] * (1 - on(1)), w[2] * (1 - on(2))},
       {1 - std::max(0., 2 * on(3) - 1), 1 - std::max(0., 2 * on(4) - 1)},
       {0, 0, 0},
       {-1 + std::max(0., 2 * on(8) - 1), -1 + std::max(0., 2 * on(9) - 1)},
       {0, 0},
       {1 - on(11), 1 - on(12), 0},
       {1 - on(13), 1 - on(14), on(14) - 1}},
      {resample_ablation,
       {w[0] * (off(0)), w[1] * (off(1)), w[2] * (off(2))},
       {off(3), off(4)},
       {0, 0, 0},
       {off(8), off(9)},
       {0, 0},
       {off(11), off(12), 0},
       {off(13), off(14), off(14)}},
      {activation_patching, w, {0, 0}, {1, 1, 1}, {1, 1}, {1, 1}, {1, 1, 0}, {1, 1, -1}},
  };
  for (const Expected& e : table) {
    CAPTURE(name_of(e.method));
    const Matrix effects = unit_effects(p, e.method);
    CHECK(others(p, effects) < 1e-13);
    CHECK(largest_difference(own_effects(p, effects, "sum"), e.sum) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "and"), e.conjunction) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "or"), e.disjunction) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "xor"), e.exclusive) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "backup"), e.backup) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "constant"), e.constant) < 1e-12);
    CHECK(largest_difference(own_effects(p, effects, "cancelling"), e.cancelling) < 1e-12);
  }
}

TEST_CASE("scores of rankings, equal ones shared out") {
  const auto score = [](std::vector<double> s, std::vector<bool> m) { return rank_score(s, m); };
  CHECK(score({3, 2, 1, 0}, {true, true, false, false}).auc == 1);
  CHECK(score({3, 2, 1, 0}, {true, true, false, false}).precision == 1);
  CHECK(score({3, 2, 1, 0}, {false, true, true, false}).auc == 0.5);
  CHECK(score({3, 2, 1, 0}, {false, true, true, false}).precision == 0.5);
  CHECK(score({0, 0, 0, 0}, {true, false, false, false}).auc == 0.5);
  CHECK(score({0, 0, 0, 0}, {true, false, false, false}).precision == 0.25);
  // One place is taken by a false one, two equal ones share the next with one that matters among them.
  CHECK(score({5, 2, 2, 0}, {false, true, false, true}).auc == doctest::Approx(0.5 / 4));
  CHECK(score({5, 2, 2, 0}, {false, true, false, true}).precision == doctest::Approx(0.25));
  CHECK(score({1, 1 + 1e-13}, {true, false}).auc == 0.5);
  CHECK(score({1, 1 + 1e-7}, {true, false}).auc == 0);
  CHECK_THROWS_AS(score({1, 2}, {true, true}), UsageError);
  CHECK_THROWS_AS(score({1, 2}, {false, false}), UsageError);
  CHECK_THROWS_AS(score({1, 2, 3}, {true, false}), ShapeError);
}

TEST_CASE("where there is room each method fails where arithmetic says, in every network") {
  using enum LookMethod;
  const CircuitScores all = circuit_scores({}, 2);
  REQUIRE(all.scores.size() == 7 * 8);
  const double n = 24;  // units
  // Among n - k units that do not matter: those of `constant` have one above both, those of `cancelling` two equal.
  const double constant = (n - 3) / (n - 2), cancelling = (n - 2) / (n - 1);
  std::map<LookMethod, std::vector<double>> auc{
      {gradient_times_activation, {1, 1, .5, 1, .5, constant, cancelling}},
      {attribution_patching, {1, .5, .5, .5, .5, 1, cancelling}},
      {integrated_attribution_patching, {1, 1, 1, .5, 1, 1, cancelling}},
      {integrated_gradients, {1, 1, 1, .5, 1, constant, cancelling}},
      {zero_ablation, {1, 1, .5, 1, .5, constant, cancelling}},
      {activation_patching, {1, .5, 1, 1, 1, 1, cancelling}},
  };
  for (std::size_t i = 0; i < all.scores.size(); ++i) {
    const CircuitScore& s = all.scores[i];
    CAPTURE(s.circuit);
    CAPTURE(name_of(s.method));
    CHECK(s.method == look_methods[i % 8]);
    CHECK(s.auc.count == 2);
    if (auc.contains(s.method)) {
      CHECK(s.auc.mean == doctest::Approx(auc[s.method][i / 8]));
      CHECK(s.auc.deviation < 1e-12);
    }
  }
  const CircuitScore& doubled = all.scores[6 * 8];  // gradient times activation, cancelling: three equal for one place
  CHECK(doubled.precision.mean == doctest::Approx(1.0 / 3));
  CHECK(doubled.true_effect.mean == doctest::Approx(1));
  CHECK(doubled.false_effect.mean == doctest::Approx(1));
  CHECK(all.interference.mean < 1e-14);
  CHECK(all.output_error.mean < 1e-12);
}

TEST_CASE("with less room units overlap, and outputs pay for it") {
  const CircuitScores tight = circuit_scores({.width = 12, .rows = 16}, 3),
                      wide = circuit_scores({.width = 20, .rows = 16}, 3);
  CHECK(wide.interference.mean > 0.3);
  CHECK(tight.interference.mean > wide.interference.mean);
  CHECK(wide.output_error.mean > 0.1);
  CHECK(tight.scores[0].auc.mean < 1);  // even `sum`
  const PlantedCircuits p = planted_circuits({.width = 12});
  const Matrix E = p.model.parameters.tensor("E");
  double largest = 0;
  for (std::int64_t i = 0; i < 24; ++i)
    for (std::int64_t j = 0; j < 24; ++j) {
      double overlap = 0;
      for (std::int64_t k = 0; k < 12; ++k) overlap += E(i, k) * E(j, k);
      if (i == j) CHECK(overlap == doctest::Approx(1));
      if (i != j) largest = std::max(largest, std::abs(overlap));
    }
  CHECK(p.interference == doctest::Approx(largest));
}

TEST_CASE("circuit scores have the same bits for any number of threads, and other seeds other networks") {
  const auto aucs = [](int threads, std::uint64_t seed) {
    std::vector<double> all;
    for (const CircuitScore& s : circuit_scores({.width = 10, .rows = 8, .seed = seed}, 4, threads).scores)
      all.push_back(s.auc.mean), all.push_back(s.true_effect.mean);
    return all;
  };
  for (const int threads : {2, 3}) CHECK(aucs(threads, 1) == aucs(1, 1));
  CHECK(aucs(1, 9) != aucs(1, 1));
}

TEST_CASE("sizes that are none are refused") {
  CHECK_THROWS_WITH_AS(planted_circuits({.width = -1}), doctest::Contains("width -1"), UsageError);
  CHECK_THROWS_AS(planted_circuits({.idle = -1}), UsageError);
  CHECK_THROWS_AS(planted_circuits({.rows = 0}), UsageError);
  CHECK_THROWS_WITH_AS(circuit_scores({}, 0), doctest::Contains("0 networks given"), UsageError);
}
