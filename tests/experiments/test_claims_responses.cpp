#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C36 and C37 pass on a fresh seed") {
  check_claim("C36", 4 + 2 + 2, {.seed = 23, .threads = 2});
  check_claim("C37", 6 + 3, {.seed = 23, .threads = 2});
}

TEST_CASE("C37 passes, and is the same for 1 and 3 threads") {
  const std::vector<Claim> one = rows_of("C37", {.threads = 1}), three = rows_of("C37", {.threads = 3});
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].verdict() == Verdict::pass);
    CHECK(one[i].predicted == three[i].predicted);
    CHECK(one[i].measured == three[i].measured);
    CHECK(one[i].how == three[i].how);
  }
}
