#include "experiments/claims/compared_bases.h"
#include "experiments/claims/removed_kinds.h"
#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("what the interaction basis removes is as predicted on two seeds") {
  for (const std::uint64_t seed : {1, 1016}) check_claim("C41", 6 * 4 + 2 * 2, {.seed = seed, .threads = 2, .nets = 1});
}

TEST_CASE("sparsity is measured, and nothing about it is predicted") {
  const std::vector<Claim> claims = rows_of("C28", {.seed = 1, .threads = 2});
  CHECK(claims.size() == 24);
  for (const Claim& claim : claims) CHECK(claim.standing == Standing::measured);
}

TEST_CASE("a log difference is read by its interval") {
  const std::vector<double> many{100, 120, 90}, few{10, 13, 8}, other{50, 400, 90};
  const LogDifference fewer(many, few), more(few, many), either(many, other);
  CHECK(fewer.verdict() == "holds");
  CHECK(more.verdict() == "does not hold");
  CHECK(either.verdict() == "undecided");
  CHECK(fewer.ratio() == doctest::Approx(1 / more.ratio()));
  CHECK(fewer.effect_size() < -10);
  CHECK(LogDifference({0, 1}, {1, 0}).mean == 0);  // none counts as one
}

TEST_CASE("removed directions are told kind by kind") {
  const auto of = [](std::int64_t directions, std::int64_t seen) {
    interp::SeenDirections s{directions, {}};
    s.rank.rank = seen;
    return s;
  };
  CHECK(removed_text({{"low rank", of(8, 0)}, {"conditional", of(2, 2)}, {"all", of(10, 2)}}) ==
        "8 of 10 (low rank 8 of 8, conditional 0 of 2)");
}
