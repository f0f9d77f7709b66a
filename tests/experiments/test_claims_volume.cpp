#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C16, C19, C20, C21 and C23 pass") {
  const ClaimSettings settings{.threads = 2};
  check_claim("C16", 3, settings);
  check_claim("C19", 4, settings);
  check_claim("C20", 8, settings);
  check_claim("C21", 9, settings);
  check_claim("C23", 2, settings);
}

TEST_CASE("volume claims pass on a fresh seed") {
  check_claim("C16", 3, {.seed = 41, .threads = 2});
  check_claim("C21", 9, {.seed = 41, .threads = 2});
}

TEST_CASE("volume claims are the same for 1 and 3 threads") {
  const std::vector<Claim> one = rows_of("C16", {.threads = 1}), three = rows_of("C16", {.threads = 3});
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].measured == three[i].measured);
    CHECK(one[i].how == three[i].how);
  }
}
