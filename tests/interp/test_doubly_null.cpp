#include "interp/degeneracy/doubly_null.h"

#include <doctest/doctest.h>

#include "core/rng.h"
#include "interp/llc/network_coefficient.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, const std::string& stream) {
  return matmul(random_matrix(rows, rank, (stream + "a").c_str()),
                random_matrix(rank, columns, (stream + "b").c_str()));
}

}  // namespace

TEST_CASE("linear networks: rank J is the formula's, and N_eff is twice the learning coefficient at the point") {
  const Matrix x = random_matrix(40, 4, "x");
  for (std::int64_t k : {2, 3, 5})
    for (std::int64_t p = 0; p <= std::min<std::int64_t>(k, 4); ++p)
      for (std::int64_t q = 0; q <= std::min<std::int64_t>(k, 3); ++q) {
        CAPTURE(k);
        CAPTURE(p);
        CAPTURE(q);
        const LinearNet net{of_rank(k, 4, p, "in"), of_rank(3, k, q, "out")};
        const DoublyNull d = doubly_null(net, x);
        CHECK(d.inputs == 4);
        CHECK(d.activations == p);
        CHECK(d.gradients == q);
        CHECK(d.product == std::min(p, q));
        CHECK(d.directions == k - std::max(p, q));
        const CorrectedCount got = corrected_count(net, x);
        CHECK(got.jacobian_rank == q * 4 + 3 * p - p * q);
        CHECK(got.doubly_null == d.directions);
        CHECK(got.n_eff == 2 * local_linear_coefficient(4, k, 3, {p, q, std::min(p, q)}).lambda);
      }
}

TEST_CASE("a hidden direction that is written and not read is not doubly null") {
  // w_out w_in is zero but for rounding: 1/3 and 0.1 are no binary fractions.
  const LinearNet apart{{{2, 1}, {1.0 / 3, 0.1}}, {{1, 2}, {0.3, -1.0}}};
  const DoublyNull d = doubly_null(apart, random_matrix(20, 1, "x"));
  CHECK(d.product == 0);
  CHECK(d.directions == 0);
  const LinearNet zero{Matrix({2, 1}), Matrix({1, 2})};
  CHECK(doubly_null(zero, random_matrix(20, 1, "x")).directions == 2);
  CHECK(corrected_count(zero, random_matrix(20, 1, "x")).n_eff == 1);  // u . v = 0 in two dimensions
}

TEST_CASE("inputs of low rank leave fewer to interact") {
  const LinearNet net{of_rank(3, 4, 1, "in"), of_rank(3, 3, 1, "out")};
  const Matrix x = of_rank(30, 4, 2, "x");
  const DoublyNull d = doubly_null(net, x);
  CHECK(d.inputs == 2);
  CHECK(d.directions == 2);
  CHECK(corrected_count(net, x).n_eff == 1 * 2 + 3 * 1 - 1 + 2 * reduced_rank_coefficient(1, 2, 2, 0).lambda);
}

TEST_CASE("a ReLU block is a linear network where it fires") {
  // k = 4, rows of rank 2, readers of rank 3: h = 4 - 2 - 3 + 2 = 1 meets 6 - 2 inputs and 4 - 3 outputs.
  const GoldenData both = golden_named("c7_both");
  const auto count = corrected_count(both.net, both.x);
  REQUIRE(count.has_value());
  CHECK(count->jacobian_rank == golden_net("c7_both").at("jacobian_rank"));
  CHECK(count->doubly_null == 1);
  CHECK(count->n_eff == double(count->jacobian_rank) + 2 * reduced_rank_coefficient(4, 1, 1, 0).lambda);
  for (const char* name : {"c2", "c3_321", "c4", "c5", "c6_blocks", "c7_unread"}) {
    CAPTURE(name);
    const GoldenData data = golden_named(name);
    const auto generic = corrected_count(data.net, data.x);
    REQUIRE(generic.has_value());
    CHECK(generic->doubly_null == 0);
    CHECK(generic->n_eff == golden_net(name).at("jacobian_rank"));
  }
}

TEST_CASE("an always-on ReLU layer counts as the linear network it is, and its output bias") {
  ReluNet net{{of_rank(3, 3, 1, "in"), of_rank(3, 3, 1, "out")}, {{100, 101, 102}, {0, 1, 2}}};
  const auto count = corrected_count(net, random_matrix(60, 3, "x"));
  REQUIRE(count.has_value());
  CHECK(count->jacobian_rank == 5 + 3);
  CHECK(count->doubly_null == 2);
  CHECK(count->n_eff == 8 + 3);
}

TEST_CASE("nothing is claimed for deeper networks, nor where blocks depend on each other") {
  const GoldenData deep = golden_named("c2_two_layers"), complementary = golden_named("c12");
  CHECK_FALSE(corrected_count(deep.net, deep.x).has_value());
  CHECK_FALSE(corrected_count(complementary.net, complementary.x).has_value());
}

TEST_CASE("shapes that do not chain are refused") {
  const Matrix x = random_matrix(9, 3, "x");
  CHECK_THROWS_WITH_AS(doubly_null({Matrix({2, 4}), Matrix({1, 2})}, x), doctest::Contains("w_in [2,4]"), ShapeError);
  CHECK_THROWS_AS(corrected_count(LinearNet{Matrix({2, 3}), Matrix({1, 3})}, x), ShapeError);
}
