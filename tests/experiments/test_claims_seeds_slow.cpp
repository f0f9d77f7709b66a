// No seed fails a claim by chance: every claim of `claims --preset quick` over many seeds.
#include <doctest/doctest.h>

#include "core/parallel.h"
#include "experiments/claims/degeneracy_claims.h"
#include "tests/sanitized.h"

using namespace basin;
using namespace basin::experiments;

constexpr std::int64_t seeds = sanitized ? 1 : 3;  // a claim takes as long as in `claims`: more are for by hand

TEST_CASE("every claim passes on three seeds, 0 to 2") {
  std::vector<std::vector<Claim>> found(seeds);
  parallel_for(2, seeds, [&](std::int64_t seed, int) {
    found[seed] = run_claims({}, {.seed = std::uint64_t(seed), .nets = 2, .mixed_nets = 30});
  });
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    CHECK(found[seed].size() > 90);
    for (const Claim& claim : found[seed]) {
      CAPTURE(seed);
      CAPTURE(claim.id);
      CAPTURE(claim.title);
      CAPTURE(value_text(claim.predicted));
      CAPTURE(value_text(claim.measured));
      CHECK(claim.verdict() != Verdict::fail);
    }
  }
}
