#include "experiments/claims/basis_claims.h"
#include "experiments/claims/coverage.h"
#include "experiments/claims/dense_curvature.h"
#include "experiments/claims/direct_jacobian.h"
#include "tests/experiments/claim_checks.h"

using namespace basin;
using namespace basin::experiments;

namespace {

// f = 3 ReLU(2 x - 1) + 5 on x = 0 and x = 2.
ClaimNet one_neuron() {
  return {{.weights = {Matrix({1, 1}, {2}), Matrix({1, 1}, {3})}, .biases = {{-1}, {5}}}, Matrix({2, 1}, {0, 2})};
}

// An interval of 95 % that is `longer` times as long as it should be.
std::vector<Claim> coverage(double longer, double shift = 0) {
  ClaimTable table("C39");
  const auto ten_normals = [=](std::uint64_t seed) {
    std::vector<double> samples(10);
    Rng(seed, "ten").fill_normal(std::span(samples));
    interp::TraceEstimate found = interp::mean_estimate(samples);
    found.value += shift, found.standard_error *= longer;
    return found;
  };
  expect_coverage(table, {}, {"normals", 0, 10, ten_normals}, "closed form: 0");
  return table.rows();
}

}  // namespace

TEST_CASE("C38 and C40 pass on two seeds") {
  for (const std::uint64_t seed : {1, 23}) {
    const ClaimSettings settings{.seed = seed, .threads = 2, .nets = 1};
    check_claim("C38", 6 * 6 + 2, settings);
    check_claim("C40", 6 * 5 + 4 * 3 + 2 * 2 + 4, settings);
  }
}

TEST_CASE("C34 and C35 pass on two seeds") {
  for (const std::uint64_t seed : {1, 23}) {
    check_claim("C34", 3 + 2, {.seed = seed, .threads = 2});
    check_claim("C35", 4 * 4 + 1, {.seed = seed, .threads = 2});
  }
}

TEST_CASE("C39 and C42 pass") {
  check_claim("C39", 3 + 6 * 2 + 3 + 2 * 2, {.seed = 23, .threads = 2});
  check_claim("C42", 6 * 2 + 4 + 1, {.seed = 23, .threads = 2});
}

TEST_CASE("C46 and C47 pass on two seeds") {
  for (const std::uint64_t seed : {1, 23}) {
    check_claim("C46", 2 * 2 + 3 + 3, {.seed = seed, .threads = 2, .nets = 2});
    check_claim("C47", 19 + 2 * 8, {.seed = seed, .threads = 2, .nets = 2});
  }
}

TEST_CASE("an interval that is twice too long or too short fails, and so does a mean that is off") {
  for (const Claim& claim : coverage(1)) CHECK(claim.verdict() == Verdict::pass);
  CHECK(coverage(2)[0].verdict() == Verdict::fail);
  CHECK(coverage(0.5)[0].verdict() == Verdict::fail);
  CHECK(coverage(1, 0.1)[1].verdict() == Verdict::fail);
}

TEST_CASE("J in plain loops is that of a network by hand, by both ways") {
  const Matrix wanted({2, 4}, {0, 0, 0, 1, 6, 3, 3, 1});  // by w^0, b^0, w^1, b^1: 3 x, 3, 2 x - 1, 1 where it fires
  const Matrix chain = chain_rule_jacobian(one_neuron()), differences = difference_jacobian(one_neuron());
  CHECK(chain.data == wanted.data);
  CHECK(relative_difference(differences, wanted) < 1e-9);
  CHECK(derivative_along(one_neuron(), std::vector<double>{1, -1, 2, 0}).data == std::vector<double>{0, 9});
}

TEST_CASE("two ways to J in plain loops agree on a network of three layers, and on the samples far from kinks") {
  Rng rng(3, "test");
  const ClaimNet all = random_claim_net({4, 6, 5, 3}, rng), net = far_from_kinks(all, 1e-2);
  CHECK(net.x.rows() < all.x.rows());
  CHECK(net.x.rows() > all.x.rows() / 4);
  CHECK(relative_difference(difference_jacobian(net), chain_rule_jacobian(net)) < 1e-8);
}

TEST_CASE("the Hessian by differences is that of a line fitted to two points") {
  Rng rng(3, "test");
  const ClaimNet line{{.weights = {Matrix({1, 1}, {2})}, .biases = {{1}}}, Matrix({2, 1}, {1, 3})};
  const DenseCurvature c = dense_curvature(line, rng);
  const Matrix wanted({2, 2}, {10, 4, 4, 2});  // 2 times the means of x^2, x, x, 1
  CHECK(relative_difference(c.hessian, wanted) < 1e-6);
  CHECK(relative_difference(c.gauss_newton, wanted) < 1e-6);
}
