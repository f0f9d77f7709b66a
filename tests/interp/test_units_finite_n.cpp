// One and two hidden units at finite n: against numpy, against a crossing, and against their limits.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/network_coefficient.h"
#include "interp/llc/units_finite_n.h"

using namespace basin;
using namespace basin::interp;

namespace {

const std::vector<double> inputs{-1.5, -0.5, 0.75, 1.25};

}  // namespace

TEST_CASE("units agree with integrals done without this code") {
  const auto golden = nlohmann::json::parse(read_file(BASIN_SOURCE_DIR "/tests/golden/llc/units.json"));
  for (const auto& row : golden.at("rows")) {
    CAPTURE(row.dump());
    const UnitsLaw law{.kind = row.at("kind") == "tanh" ? UnitKind::tanh : UnitKind::relu,
                       .a = row.at("a"),
                       .b = row.at("b"),
                       .x = golden.at("x"),
                       .n_beta = row.at("t"),
                       .gamma = row.at("gamma"),
                       .around_zeros = row.at("zeros")};
    CHECK(units_finite_n(law).value == doctest::Approx(row.at("value").get<double>()).epsilon(3e-5));
  }
  CHECK(golden.at("rows").size() >= 7);
}

TEST_CASE("a relu unit on one input of each sign is a crossing") {
  const UnitsLaw law{
      .kind = UnitKind::relu, .a = {0}, .b = {0}, .x = {-1, 1}, .n_beta = 2e4, .gamma = 1, .around_zeros = true};
  CHECK(units_finite_n(law).value == doctest::Approx(crossing_finite_n(1, 1, 1e4).value));
}

TEST_CASE("as nβ grows they go to the known λ of their points") {
  struct Row {
    std::string what;
    UnitKind kind;
    std::vector<double> a, b;
    bool zeros;
    LearningCoefficient known;
  };
  for (const Row& r : {Row{"tanh, truth 0", UnitKind::tanh, {0}, {0}, true, tanh_units_coefficient(1)},
                       {"two tanh, truth 0", UnitKind::tanh, {0, 0}, {0, 0}, true, tanh_units_coefficient(2)},
                       {"duplicated tanh", UnitKind::tanh, {1, 1}, {1, 1}, false, {1.25, 1}},
                       {"duplicated relu", UnitKind::relu, {1, 1}, {1, 1}, false, {0.5, 1}}}) {
    CAPTURE(r.what);
    const double t = 1e6, value = units_finite_n({r.kind, r.a, r.b, inputs, t, 1, r.zeros}).value;
    CHECK(value == doctest::Approx(r.known.lambda - (r.known.multiplicity - 1) / std::log(t)).epsilon(0.04));
  }
}

TEST_CASE("the local posterior of units has their loss, and 0 at w*") {
  const UnitsLaw law{.a = {1, -0.5}, .b = {0.7, 2}, .x = inputs, .n_beta = 100, .gamma = 1};
  const LocalPosterior posterior = local_posterior(law);
  CHECK(posterior.data.at("t")[2] == doctest::Approx(std::tanh(0.7 * 0.75) - 0.5 * std::tanh(2 * 0.75)));
  CHECK_FALSE(posterior.prior_mean);
  CHECK_THROWS_AS(units_finite_n({.a = {1, 1, 1}, .b = {1, 1, 1}, .x = {1}, .n_beta = 1, .gamma = 1}), UsageError);
  CHECK_THROWS_AS(units_finite_n({.a = {1}, .b = {1}, .x = {1}, .n_beta = 1}), UsageError);
}
