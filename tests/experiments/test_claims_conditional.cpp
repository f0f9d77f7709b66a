#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/patterns.h"
#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::int64_t firing(const ClaimNet& data, std::int64_t neuron) {
  const interp::DenseNetwork network = dense_network(data.net);
  return interp::network_factors(network, {{"x", data.x}}).layers[0].firing.count(neuron);
}

}  // namespace

TEST_CASE("C11, C12, C13 and C17 pass on several seeds") {
  for (std::uint64_t seed : {1, 2, 31}) {
    const ClaimSettings settings{.seed = seed, .threads = 2, .nets = 2};
    check_claim("C11", 2 * 5 * 4, settings);
    check_claim("C12", 6 * 4, settings);
    check_claim("C13", 4 * 4, settings);
  }
  check_claim("C17", 3 * 2, {.threads = 2, .nets = 2});
}

TEST_CASE("the networks of the claims are what they are said to be") {
  for (std::int64_t fires : {1, 5, 8}) CHECK(firing(claim_net(nn::rarely_firing(fires, 2, Rng(3, "t"))), 0) == fires);
  const ClaimNet pair = claim_net(nn::complementary(2, true, Rng(4, "t")));
  CHECK(firing(pair, 0) + firing(pair, 1) == 300);
  CHECK(firing(pair, 4) == 300);
  for (std::int64_t block : {1, 2}) {
    const ClaimNet data = claim_net(nn::nested(block, true, Rng(5, "t")));
    const auto layers = interp::network_factors(dense_network(data.net), {{"x", data.x}}).layers;
    for (std::int64_t s = 0; s < 300; ++s)
      if (layers[1].firing.fires(s, 0)) CHECK(layers[0].firing.fires(s, 0));
    CHECK(layers[1].firing.count(0) > 8);
  }
}

TEST_CASE("the claims fail when a rank lacks a gap, and when the reader of C13 is not nested") {
  for (const Claim& claim : rows_of("C13", {.nets = 1, .min_gap = 1e30})) CHECK(claim.verdict() == Verdict::fail);
  const ClaimNet loose = claim_net(nn::nested(1, false, Rng(6, "t")));
  CHECK(interp::degeneracy(loose.net, loose.x).free_directions() == 8);
}
