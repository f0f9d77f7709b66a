#include "tests/experiments/claim_checks.h"

using namespace basin::experiments;

TEST_CASE("C33 passes: two rows for each of six kinds of networks, the kinds' bound, and what they explain") {
  check_claim("C33", 6 * 2 + 2, {.seed = 3, .threads = 2});
}
