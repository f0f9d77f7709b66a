#include "experiments/claims/claims_attention.h"

#include <doctest/doctest.h>

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C15 passes on two seeds, and says how") {
  for (std::uint64_t seed : {1, 41}) {
    const std::vector<Claim> claims = claim_attention({.seed = seed, .threads = 2, .nets = 1});
    CHECK(claims.size() == 9);
    for (const Claim& claim : claims) {
      CAPTURE(claim.title);
      CAPTURE(value_text(claim.measured));
      CHECK(claim.verdict() == Verdict::pass);
      CHECK_FALSE(claim.how.empty());
    }
  }
}

TEST_CASE("C15 fails when a rank has no gap") {
  for (const Claim& claim : claim_attention({.nets = 1, .min_gap = 1e30}))
    if (claim.title == "2 heads") CHECK(claim.verdict() == Verdict::fail);
}

TEST_CASE("heads are made to share a pattern with other factors") {
  const AttentionNet net = attention_net({{2, 1}}, Rng(3, "test"));
  CHECK(net.layer.W_Q[0] != net.layer.W_Q[12]);
  const auto found = interp::attention_degeneracy(net.layer, net.x);
  CHECK(found.groups == std::vector<std::vector<std::int64_t>>{{0, 1}, {2}});
  CHECK(found.within < 1e-12);
}
