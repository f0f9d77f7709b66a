// Deep linear layers at finite n: against numpy, against the formulas of fewer layers, and against their limits.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "interp/llc/deep_linear_finite_n.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/network_coefficient.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("deep linear layers agree with integrals done without this code") {
  const std::string path = BASIN_SOURCE_DIR "/tests/golden/llc/deep_linear.json";
  const auto rows = nlohmann::json::parse(read_file(path));
  for (const auto& row : rows) {
    CAPTURE(row.dump());
    const auto found = deep_linear_finite_n(row.at("widths"), row.at("t"));
    CHECK(found.value == doctest::Approx(row.at("value").get<double>()).epsilon(2e-6));
    CHECK(found.error < 1e-6 * found.value);
  }
  CHECK(rows.size() >= 6);
}

TEST_CASE("with two layers they are those of reduced-rank regression, with one number a layer a crossing") {
  for (const double t : {1e2, 1e4, 1e8}) {
    CHECK(deep_linear_finite_n({3, 1, 4}, t).value == doctest::Approx(linear_finite_n({3, 1, 4}, t).value));
    CHECK(deep_linear_finite_n({1, 1, 1}, t).value == doctest::Approx(crossing_finite_n(1, 1, t).value));
  }
}

TEST_CASE("as t grows they go to λ, by (m - 1) / log t") {
  for (const std::vector<std::int64_t>& widths :
       {std::vector<std::int64_t>{3, 1, 3, 3}, {4, 1, 1, 4}, {1, 1, 1, 1}, {2, 2, 2, 2}, {2, 1, 3, 2, 2}}) {
    const LearningCoefficient known = deep_linear_coefficient(widths, 0);
    const double t = 1e10, value = deep_linear_finite_n(widths, t).value;
    CAPTURE(widths.size());
    CHECK(value < known.lambda + 1e-5);
    CHECK(value == doctest::Approx(known.lambda - (known.multiplicity - 1) / std::log(t)).epsilon(0.02));
  }
}

TEST_CASE("widths that are out of reach are refused with what to do") {
  for (const std::vector<std::int64_t>& widths :
       {std::vector<std::int64_t>{2, 2, 2}, {1, 2, 2, 1}, {2, 2, 2, 3}, {1}, {}, {1, 0, 1}})
    CHECK_THROWS_WITH_AS(deep_linear_finite_n(widths, 10), doctest::Contains("linear_gibbs any widths"), UsageError);
  CHECK_THROWS_AS(deep_linear_finite_n({2, 1, 2}, 0), UsageError);
}
