#include "experiments/claims/claims_volume.h"

#include <doctest/doctest.h>

using namespace basin;
using namespace basin::experiments;

namespace {

using Rows = std::vector<Claim> (*)(const ClaimSettings&);

void expect_pass(Rows rows, std::size_t count, std::uint64_t seed) {
  const std::vector<Claim> claims = rows({.seed = seed, .threads = 2});
  CHECK(claims.size() == count);
  for (const Claim& claim : claims) {
    CAPTURE(seed);
    CAPTURE(claim.id);
    CAPTURE(claim.title);
    CAPTURE(value_text(claim.predicted));
    CAPTURE(value_text(claim.measured));
    CHECK(claim.verdict() == Verdict::pass);
    CHECK_FALSE(claim.how.empty());
  }
}

}  // namespace

TEST_CASE("C16, C19, C20, C21 and C23 pass") {
  expect_pass(claim_figure_one, 3, 1);
  expect_pass(claim_freedom_adds, 4, 1);
  expect_pass(claim_matching_number, 4, 1);
  expect_pass(claim_interaction_cut_off, 6, 1);
  expect_pass(claim_hub, 4, 1);
}

TEST_CASE("volume claims pass on a fresh seed") {
  expect_pass(claim_matching_number, 4, 41);
  expect_pass(claim_interaction_cut_off, 6, 41);
}

TEST_CASE("a slope near zero tells a matching number from the number of edges") {
  const InteractionGraph star = named_graphs().front();
  const interp::Measured slope = n_eff_near_zero(interaction_loss(star.edges), star.nodes, "star", {});
  CHECK(slope.value == doctest::Approx(1).epsilon(0.15));
  CHECK(slope.error < 0.15);
  CHECK(compare(3.0, slope.value, 0.2) == Verdict::fail);
}

TEST_CASE("volume claims are the same for 1 and 3 threads") {
  const std::vector<Claim> one = claim_matching_number({.threads = 1}), three = claim_matching_number({.threads = 3});
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].measured == three[i].measured);
    CHECK(one[i].how == three[i].how);
  }
}
