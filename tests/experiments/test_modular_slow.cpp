// Presets that grok. Which seeds do depends on last bits, so on the kernels of the machine; that most do does not.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/process.h"

TEST_CASE("most networks of the tiny preset grok, with at most 5,000 parameters") {
  TempFolder tmp;
  const Result r = run_program("modular_addition", {"--preset", "tiny", "--seeds", "0,2,4,7,9", "--threads", "2",
                                                    "--quiet", "--out", tmp / "a"});
  CHECK(r.code == 0);
  const auto results = nlohmann::json::parse(basin::read_file(tmp / "a/results.json"));
  CHECK(results["parameters"] <= 5000);
  CHECK(results["grokked"] >= 3);
  CHECK(results["fourier"]["end"] > results["fourier"]["memorised"]);
  CHECK_CONTAINS(r.out, " of 5 networks grokked");
}
