#include "tests/experiments/claim_checks.h"

using namespace basin::experiments;

TEST_CASE("C22 passes, also on a seed where a node of one graph belongs to another module by chance") {
  for (std::uint64_t seed : {1, 18}) check_claim("C22", 10, {.seed = seed, .threads = 2});
}
