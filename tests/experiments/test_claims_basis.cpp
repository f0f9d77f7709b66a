#include "tests/experiments/claim_checks.h"

using namespace basin::experiments;

TEST_CASE("claims on interaction bases pass on two seeds") {
  for (const std::uint64_t seed : {1, 23}) {
    const ClaimSettings settings{.seed = seed, .threads = 2};
    check_claim("C25", 14, settings);
    check_claim("C26", 16, settings);
    check_claim("C27", 4, settings);
    check_claim("C29", 11, settings);
    check_claim("C30", 6, settings);
    check_claim("C31", 4, settings);
    check_claim("C32", 6, settings);
  }
}
