#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C18 passes on a fresh seed") { check_claim("C18", 6, {.seed = 31, .threads = 2}); }
