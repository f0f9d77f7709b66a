#include "interp/degeneracy/degeneracy_details.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "interp/degeneracy/null_space.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("the JSON keeps the keys of the report and adds the conditional, doubly null and epsilon counts") {
  for (const char* name : {"c10_three_layers", "c7_both", "c12"}) {
    CAPTURE(name);
    const auto want = golden_net(name);
    const GoldenData data = golden_data(want);
    const Subject s = subject(data.net, data.x);
    const DegeneracyReport report = degeneracy(s);
    const auto got = nlohmann::json::parse(to_json(report, degeneracy_details(s, report, {1e-2, 1e-18})));
    const auto before = nlohmann::json::parse(to_json(report));
    for (const auto& [key, value] : before.items()) CHECK(got.at(key) == value);
    CHECK(got.at("lower_bound_conditional") == want.at("conditional_bound"));
    CHECK(got.at("unexplained") ==
          want.at("free_directions").get<std::int64_t>() - want.at("conditional_bound").get<std::int64_t>());
    CHECK(got.at("conditional_ranks")[0] == want.at("layers")[0].at("within_layer_rank"));
    CHECK(got.at("lower_bound_patterns") >= got.at("lower_bound_conditional"));
    CHECK(got.at("unexplained_patterns") <= got.at("unexplained"));
    if (std::string(name) == "c12") {
      CHECK(got.at("unexplained_patterns") == 0);
      CHECK(got.at("complementary_pairs") ==
            nlohmann::json::parse(R"([{"layer": "layers.0", "neurons": [0], "complement": [1]}])"));
    }
    const bool covered = std::string(name) == "c7_both";
    CHECK(got.at("doubly_null").is_null() == !covered);
    if (covered) CHECK(got.at("n_eff_corrected") == 34);
    REQUIRE(got.at("epsilon").size() == 2);
    // 1e-18 in eigenvalues is 1e-9 in singular values: the cut-off of the exact ranks.
    const auto& exact = got.at("epsilon")[1];
    CHECK(exact.at("jacobian_rank") == want.at("jacobian_rank"));
    CHECK(exact.at("layers")[1].at("activation_rank") == want.at("layers")[1].at("activation_rank"));
    CHECK(exact.at("layers")[0].at("gradient_rank") == want.at("layers")[0].at("gradient_rank"));
    CHECK(got.at("epsilon")[0].at("n_eff") < exact.at("n_eff"));
  }
}

TEST_CASE("without a grid there is no epsilon key; cut-offs that are not positive are refused") {
  const GoldenData data = golden_named("c3_321");
  const Subject s = subject(data.net, data.x);
  const DegeneracyReport report = degeneracy(s);
  CHECK_FALSE(nlohmann::json::parse(to_json(report, degeneracy_details(s, report, {}))).contains("epsilon"));
  CHECK_THROWS_AS(epsilon_counts(data.net, data.x, {1e-3, 0.0}), UsageError);
}

TEST_CASE("counts at a cut-off are those of the Gram matrices' eigenvalues") {
  const GoldenData data = golden_named("c4");
  const DenseNetwork network = dense_network(data.net);
  const std::vector<double> h = spectrum(jacobian_gram(network, {{"x", data.x}}));
  const Matrix G = network_factors(network, {{"x", data.x}}).layers[1].G;
  const std::vector<double> g = eigh(G, false).values;
  for (double epsilon : {1e-1, 1e-3}) {
    const EpsilonCounts got = epsilon_counts(data.net, data.x, {epsilon}).front();
    const EpsilonRank J = epsilon_ranks(h, {epsilon * h.front()}).front();
    const EpsilonRank activation = epsilon_ranks(g, {epsilon * g.front()}).front();
    CHECK(got.jacobian.count == J.count);
    CHECK(got.jacobian.soft_count == doctest::Approx(J.soft_count).epsilon(1e-6));
    CHECK(got.activations[1].count == activation.count);
    CHECK(got.activations[1].soft_count == doctest::Approx(activation.soft_count).epsilon(1e-6));
  }
}

TEST_CASE("one question is one sweep, and one more for all that looks at the network as it was given") {
  for (const char* name : {"c10_three_layers", "c7_both"}) {
    const GoldenData data = golden_named(name);
    int sweeps = 0;
    DegeneracyOptions options{.sweep = {.chunk = 16}};
    options.sweep.progress = [&](std::int64_t done, std::int64_t rows) { sweeps += done == rows; };
    const Subject s = subject(data.net, data.x, options);
    const DegeneracyReport report = degeneracy(s);
    degeneracy_details(s, report, {});
    CHECK(sweeps == 1);
    const DegeneracyDetails details = degeneracy_details(s, report, {1e-2, 1e-18});
    CHECK(sweeps == 2);
    const NullSpace space = jacobian_null_space(s);
    CHECK(std::ssize(space.labels) == report.free_directions());
    CHECK(degeneracy_details(s, report, {1e-3}).epsilon.size() == 1);
    CHECK(sweeps == 2);
    CHECK(details.epsilon[0].jacobian.count == epsilon_counts(data.net, data.x, {1e-2})[0].jacobian.count);
  }
}

TEST_CASE("above and below the cut-off from which Gram matrices serve counts are the same") {
  const GoldenData data = golden_named("c10_three_layers");
  const double above = 1.001 * gram_epsilon;
  const EpsilonCounts gram = epsilon_counts(data.net, data.x, {above})[0],
                      products = epsilon_counts(data.net, data.x, {above, 0.5 * gram_epsilon})[0];
  CHECK(gram.jacobian.count == products.jacobian.count);
  CHECK(gram.jacobian.soft_count == doctest::Approx(products.jacobian.soft_count).epsilon(1e-6));
}
