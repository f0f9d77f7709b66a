#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C15 passes on two seeds") {
  for (std::uint64_t seed : {1, 41}) check_claim("C15", 9, {.seed = seed, .threads = 2, .nets = 1});
}

TEST_CASE("C15 fails when a rank has no gap") {
  for (const Claim& claim : rows_of("C15", {.nets = 1, .min_gap = 1e30}))
    if (claim.title == "2 heads") CHECK(claim.verdict() == Verdict::fail);
}
