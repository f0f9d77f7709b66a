#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C43 and C44 pass") {
  check_claim("C43", 11 + 2, {.seed = 1, .threads = 2, .nets = 1});
  check_claim("C44", 9 + 2, {.seed = 1, .threads = 2, .nets = 1});
}

TEST_CASE("a transformer whose neurons fire together by chance is drawn again") {
  // Without that its third network with ReLUs and no unembedding bias has 60 free directions, two for the pair.
  check_claim("C43", 11 + 2, {.seed = 1, .threads = 2, .nets = 3});
}

TEST_CASE("C44 fails when a rank has no gap") {
  for (const Claim& claim : rows_of("C44", {.nets = 1, .min_gap = 1e30}))
    if (claim.title == "one dead neuron") CHECK(claim.verdict() == Verdict::fail);
}
