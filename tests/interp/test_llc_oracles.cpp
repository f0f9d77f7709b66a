// The table of oracles: what is in it, and that a row can fail.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "interp/llc/local_curvature.h"
#include "interp/llc/network_coefficient.h"
#include "interp/llc/oracles.h"

using namespace basin;
using namespace basin::interp;

namespace {

Oracle one(const std::string& name) {
  const std::vector<std::string> names{name};
  return selected_oracles(names).at(0);
}

}  // namespace

TEST_CASE("there are 40 rows and more of every family, with names of their own and at most 100 parameters") {
  std::set<std::string> names, families, samplers;
  for (const Oracle& oracle : oracles()) {
    CAPTURE(oracle.name);
    CHECK(names.insert(oracle.name).second);
    families.insert(oracle.name.substr(0, oracle.name.find('/')));
    samplers.insert(name_of(oracle.sampler.kind));
    CHECK(oracle.posterior.model.parameters.size() <= 100);
    CHECK_NOTHROW(oracle.posterior.validate());
    CHECK(oracle.tolerance >= 0.01);
    CHECK(oracle.tolerance <= 0.03);
    CHECK(local_curvature(oracle.posterior).descent(oracle.posterior.n_beta, oracle.posterior.gamma) < 1e-6);
  }
  CHECK(names.size() >= 40);
  CHECK(families.size() == 7);
  CHECK(samplers.size() == 6);
}

TEST_CASE("a row passes, and fails where the exact value is another or the law is not Gamma") {
  Oracle oracle = one("crossing/1-1-t100");
  const OracleResult right = run_oracle(oracle, 1, 2);
  CHECK(right.passed());
  CHECK_FALSE(right.wide);
  CHECK(right.exact.value == doctest::Approx(8 * 0.3542).epsilon(1e-3));
  CHECK(std::abs(right.off) < 0.02);
  oracle.gamma_law = true;
  CHECK_FALSE(run_oracle(oracle, 1, 2).fano);
  oracle = one("crossing/1-1-t100");
  oracle.exact = [known = oracle.exact](std::uint64_t seed) { return Integrated{1.05 * known(seed).value, 0}; };
  const OracleResult wrong = run_oracle(oracle, 1, 2);
  CHECK_FALSE(wrong.within);
  CHECK_FALSE(wrong.passed());
}

TEST_CASE("an error bar wider than the tolerance is said, whatever the estimate is") {
  Oracle oracle = one("homogeneous/x4");
  oracle.chains.draws = 60;
  CHECK(run_oracle(oracle, 1).wide);
  oracle = one("homogeneous/x4");
  oracle.exact = [](std::uint64_t) { return Integrated{4, 0.5}; };  // a value that is not well known itself
  CHECK(run_oracle(oracle, 1).wide);
}

TEST_CASE("results depend on the seed alone") {
  const Oracle oracle = one("layers/3-2-3-rank1-rows");
  const double first = run_oracle(oracle, 3, 1).estimate.lambda.mean;
  CHECK(first == run_oracle(oracle, 3, 3).estimate.lambda.mean);
  CHECK(first != run_oracle(oracle, 4, 3).estimate.lambda.mean);
}

TEST_CASE("rows are chosen by patterns, and a pattern that fits none is an error with the nearest name") {
  const std::vector<std::string> some{"quadratic/sgld*", "smooth/sphere-2"}, misspelt{"smooth/sphear-2"};
  CHECK(selected_oracles(some).size() == 5);
  CHECK(selected_oracles({}).size() == oracles().size());
  CHECK_THROWS_WITH_AS(selected_oracles(misspelt), doctest::Contains("did you mean smooth/sphere-2?"), NameError);
}

TEST_CASE("strata are known by Gibbs sampling alone, and drawn near their local coefficient") {
  const Integrated drawn = one("stratum/3-3-5-ranks-3-1-1").exact(7);
  CHECK(drawn.error > 0);
  CHECK(drawn.value == doctest::Approx(local_linear_coefficient(3, 3, 5, {3, 1, 1}).lambda).epsilon(0.02));
}

TEST_CASE("valleys that are wide here and narrow there are seen in all their parts") {
  for (const std::string name : {"crossing/1-2-t579", "crossing/1-1-t10000"}) {
    const OracleResult r = run_oracle(selected_oracles({{name}})[0], 0, 2);
    CAPTURE(name);
    CAPTURE(r.off);
    CHECK(r.passed());
    CHECK_FALSE(r.wide);
    CHECK(r.estimate.lambda.r_hat <= 1.01);
  }
}
