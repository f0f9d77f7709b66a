#include "interp/degeneracy/scaled_degeneracy.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/rng.h"
#include "interp/jacobian/gauss_newton.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

ReluNet seeded_net(const std::vector<std::int64_t>& widths, std::uint64_t seed = 11) {
  Rng rng(seed, "net");
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    net.biases.emplace_back(widths[l + 1]);
    rng.fill_normal(std::span<double>(net.weights.back().data), 1 / std::sqrt(double(widths[l])));
    rng.fill_normal(std::span<double>(net.biases.back()), 0.3);
  }
  return net;
}

}  // namespace

TEST_CASE("counts at scale are those of the exact spectrum within three standard errors") {
  const ReluNet net = seeded_net({8, 14, 10, 3});  // 309 parameters
  const Matrix x = random_matrix(70, 8, "x");
  std::vector<double> exact = spectrum(jacobian_gram(dense_network(net), {{"x", x}}));
  for (double& h : exact) h *= 2.0 / 70;
  const ScaledDegeneracy got = scaled_degeneracy(net, x, {.top = 6, .steps = 150, .sweep = {.threads = 2}});
  CHECK(got.parameters == 309);
  CHECK(got.samples == 70);
  CHECK(got.outputs == 3);
  CHECK(got.most_noticed() == 210);
  CHECK(got.top.converged);
  for (std::size_t i = 0; i < 6; ++i) CHECK(got.top.values[i] == doctest::Approx(exact[i]).epsilon(1e-8));
  REQUIRE(got.counts.size() == 5);
  for (const ScaledCount& count : got.counts) {
    const EpsilonRank wanted = epsilon_ranks(exact, {count.cutoff})[0];
    CHECK(std::abs(count.soft.value - wanted.soft_count) <= 3 * count.soft.standard_error);
    CHECK(std::abs(count.above.value - double(wanted.count)) <= 3 * count.above.standard_error);
  }
  CHECK(got.density.grid.front() == doctest::Approx(1e-7 * exact[0]));
  CHECK(got.density.grid.back() == doctest::Approx(10 * exact[0]));
}

TEST_CASE("results at scale are equal to the bit for 1 and 3 threads, and are one JSON object") {
  const ReluNet net = seeded_net({4, 6, 2});
  const Matrix x = random_matrix(30, 4, "x");
  auto text = [&](int threads) {
    ScaledOptions options{.relative_cutoffs = {1e-3}, .top = 2, .probes = 3, .steps = 12};
    options.sweep = {.chunk = 8, .threads = threads};
    return to_json(scaled_degeneracy(net, x, options));
  };
  CHECK(text(1) == text(3));
  const auto object = nlohmann::json::parse(text(1));
  CHECK(object.at("parameters") == 44);
  CHECK(object.at("converged") == true);
  CHECK(object.at("largest_eigenvalues").size() == 2);
  CHECK(object.at("counts")[0].at("relative_cutoff").get<double>() == doctest::Approx(1e-3));
  CHECK(object.at("density").size() == 51);  // from 1e-4 to 10, ten in a decade
}

TEST_CASE("a count and its error never claim more than can be noticed, and come near it where J has full rank") {
  struct Case {
    std::vector<std::int64_t> widths;
    std::int64_t samples;
  };
  for (const Case& c : std::vector<Case>{{{4, 30, 2}, 10}, {{4, 30, 2}, 1}, {{8, 3, 1}, 300}, {{3, 40, 5}, 20}})
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const ReluNet net = seeded_net(c.widths, seed);
      const Matrix x = random_matrix(c.samples, c.widths.front(), "x");
      std::vector<double> exact = spectrum(jacobian_gram(dense_network(net), {{"x", x}}));
      for (double& h : exact) h *= 2.0 / double(c.samples);
      const ScaledDegeneracy got = scaled_degeneracy(net, x, {.seed = seed});
      const auto most = double(got.most_noticed());
      for (const ScaledCount& count : got.counts) {
        const EpsilonRank wanted = epsilon_ranks(exact, {count.cutoff})[0];
        for (const SpectralSum& sum : {count.soft, count.above}) {
          CHECK(sum.value + sum.standard_error <= most);
          CHECK(sum.standard_error >= 0);
        }
        CHECK(std::abs(count.soft.value - wanted.soft_count) <=
              5 * count.soft.standard_error + count.soft.unresolved + 1e-6 * most);
      }
    }
}

TEST_CASE("a network that no parameter changes is answered with zeros") {
  ReluNet net = seeded_net({4, 6, 2});
  net.biases = {std::vector<double>(6, -100), {}};  // dead on all data, and no bias behind it
  const ScaledDegeneracy got = scaled_degeneracy(net, random_matrix(30, 4, "x"));
  CHECK(got.parameters == 42);
  REQUIRE(got.counts.size() == 5);
  for (const ScaledCount& count : got.counts)
    for (const SpectralSum& sum : {count.soft, count.above}) {
      CHECK(sum.value == 0);
      CHECK(sum.standard_error == 0);
    }
  CHECK(got.top.values.front() == 0);
  CHECK(got.counts[0].relative_cutoff == 1e-2);
  const auto object = nlohmann::json::parse(to_json(got));
  CHECK(object.at("counts")[4].at("relative_cutoff") == 1e-6);
  CHECK(object.at("counts")[4].at("above") == 0);
  CHECK(object.at("density").empty());
  CHECK_THROWS_AS(scaled_degeneracy(net, random_matrix(30, 4, "x"), {.probes = 1}), UsageError);
}

TEST_CASE("requests that make no sense are refused") {
  const ReluNet net = seeded_net({4, 6, 2});
  const Matrix x = random_matrix(30, 4, "x");
  CHECK_THROWS_AS(scaled_degeneracy(net, random_matrix(30, 5, "x")), ShapeError);
  CHECK_THROWS_AS(scaled_degeneracy(net, x, {.relative_cutoffs = {}}), UsageError);
  CHECK_THROWS_AS(scaled_degeneracy(net, x, {.relative_cutoffs = {1.0}}), UsageError);
  CHECK_THROWS_AS(scaled_degeneracy(net, x, {.top = 0}), UsageError);
  CHECK_THROWS_AS(scaled_degeneracy(net, x, {.probes = 1}), UsageError);
  CHECK_THROWS_AS(scaled_degeneracy({}, x), DataError);
}
