#include "tests/experiments/claim_checks.h"

using namespace basin::experiments;

TEST_CASE("claims on interaction bases pass on two seeds") {
  for (const std::uint64_t seed : {1, 23}) {
    const ClaimSettings settings{.seed = seed, .threads = 2};
    check_claim("C25", 12, settings);
    check_claim("C26", 8, settings);
    check_claim("C27", 4, settings);
    check_claim("C29", 7, settings);
    check_claim("C30", 3, settings);
    check_claim("C31", 4, settings);
    check_claim("C32", 6, settings);
  }
}
