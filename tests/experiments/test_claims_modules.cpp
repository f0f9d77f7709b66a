#include "experiments/claims/claims_modules.h"

#include <doctest/doctest.h>

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C22 passes, also on a seed where a node of one graph belongs to another module by chance") {
  for (std::uint64_t seed : {1, 18}) {
    const std::vector<Claim> claims = claim_modules({.seed = seed});
    CHECK(claims.size() == 7);
    for (const Claim& claim : claims) {
      CAPTURE(seed);
      CAPTURE(claim.title);
      CAPTURE(value_text(claim.measured));
      CHECK(claim.verdict() == Verdict::pass);
    }
  }
}
