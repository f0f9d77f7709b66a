#include "experiments/claims/mixed_nets.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "nn/data/planted/unplanted.h"
#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

TEST_CASE("C10 passes on two seeds") {
  for (std::uint64_t seed : {1, 23}) check_claim("C10", 10, {.seed = seed, .threads = 2, .mixed_nets = 12});
}

TEST_CASE("C10 passes where one network of fifteen has no gap, and fails where none has") {
  const ClaimSettings quick{.seed = 5, .threads = 2, .nets = 2, .mixed_nets = 30};
  check_claim("C10", 10, quick);
  ClaimSettings nothing_measured = quick;
  nothing_measured.mixed_nets = 12, nothing_measured.min_gap = 1e30;
  const std::vector<Claim> claims = rows_of("C10", nothing_measured);
  for (std::size_t i : {0, 4, 5, 9}) CHECK(claims[i].verdict() == Verdict::fail);
}

TEST_CASE("C14 passes on two seeds") {
  for (std::uint64_t seed : {1, 23}) check_claim("C14", 4, {.seed = seed, .threads = 2, .nets = 1});
}

TEST_CASE("ranks of one planted network on its first samples stay what they were") {
  const ClaimNet data = claim_net(nn::plant({.hidden = {nn::blocks({2, 1, 1, 1})}, .outputs = 3, .inputs = 4}, 71));
  const std::vector<std::int64_t> samples{3, 6, 10, 20};
  std::vector<std::int64_t> ranks;
  for (const RankDecision& rank : interp::prefix_ranks(interp::dense_network(data.net), data.x, samples))
    ranks.push_back(rank.rank);
  CHECK(ranks == std::vector<std::int64_t>{9, 17, 27, 36});
}

TEST_CASE("C24 passes on two seeds") {
  for (std::uint64_t seed : {1, 23}) check_claim("C24", 2, {.seed = seed, .threads = 2, .nets = 1});
}

TEST_CASE("a filtered modular network has zeros between its modules and nowhere else") {
  const ClaimNet net = claim_net(nn::filtered_net(true, Rng(4, "test")));
  CHECK(net.net.widths() == std::vector<std::int64_t>{8, 6, 6, 4});
  for (const Matrix& w : net.net.weights)
    for (std::int64_t i = 0; i < w.rows(); ++i)
      for (std::int64_t j = 0; j < w.cols(); ++j) CHECK((w(i, j) == 0) == ((i < w.rows() / 2) != (j < w.cols() / 2)));
}

TEST_CASE("deep planted networks have their depth, and are the same for 1 and 3 threads") {
  const auto one = measure_deep_nets(3, {.threads = 1, .mixed_nets = 6});
  const auto three = measure_deep_nets(3, {.threads = 3, .mixed_nets = 6});
  REQUIRE(one.size() == 3);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].family == "depth 3");
    CHECK(one[i].free == three[i].free);
    CHECK(one[i].bound() == three[i].bound());
    CHECK(one[i].slack() >= 0);
  }
}
