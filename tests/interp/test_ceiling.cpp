// No rank is above the ceiling, and networks that are wide and see enough data reach it.
#include "interp/degeneracy/ceiling.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/matrix.h"
#include "core/rng.h"
#include "interp/degeneracy/degeneracy.h"

using namespace basin;
using namespace basin::interp;

namespace {

ReluNet random_net(const std::vector<std::int64_t>& widths, const std::vector<bool>& biases, Rng& rng) {
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng));
    net.biases.push_back(biases[l] ? normal_matrix(1, widths[l + 1], rng, 0.5).data : std::vector<double>{});
  }
  return net;
}

ReluNet random_net(const std::vector<std::int64_t>& widths) {
  Rng rng(1, "net");
  return random_net(widths, std::vector<bool>(widths.size() - 1, true), rng);
}

ReluNet linear_net(const std::vector<std::int64_t>& widths, const std::vector<bool>& biases) {
  Rng rng(2, "net");
  ReluNet net = random_net(widths, biases, rng);
  net.linear = true;
  return net;
}

Matrix samples(std::int64_t rows, std::int64_t columns, std::uint64_t seed = 1) {
  Rng rng(seed, "x");
  return normal_matrix(rows, columns, rng);
}

}  // namespace

TEST_CASE("the ceiling of a ReLU network is N less its hidden neurons, with and without biases") {
  CHECK(rank_ceiling(random_net({2, 3, 1})) == 13 - 3);
  CHECK(rank_ceiling(random_net({3, 4, 4, 2})) == 46 - 8);
  CHECK(rank_ceiling(random_net({2, 4, 3, 1})) == 31 - 7);
  CHECK(rank_ceiling(random_net({5, 2})) == 12);
  Rng rng(1, "net");
  CHECK(rank_ceiling(random_net({3, 4, 2}, {false, true}, rng)) == 22 - 4);
  CHECK(rank_ceiling(random_net({3, 4, 2}, {false, false}, rng)) == 20 - 4);
}

TEST_CASE("no ReLU network has a rank above its ceiling, whichever layers have biases and whatever is zero") {
  std::int64_t reached = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed, "any");
    const auto between = [&](std::int64_t low, std::int64_t high) {
      return low + std::int64_t(rng.below(std::uint64_t(high - low + 1)));
    };
    std::vector<std::int64_t> widths;
    for (std::int64_t l = between(2, 4); l >= 0; --l) widths.push_back(between(1, 4));
    std::vector<bool> biases;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) biases.push_back(rng.below(3) > 0);
    ReluNet net = random_net(widths, biases, rng);
    if (seed % 3 == 0) std::ranges::fill(net.weights[0].row(0), 0.0);
    const DegeneracyReport got = degeneracy(net, samples(250, widths.front(), seed));
    CAPTURE(seed);
    CHECK(got.below_ceiling() >= 0);
    CHECK(got.ceiling == net.parameters() - std::int64_t(got.blocks.empty() ? 0 : [&] {
                           std::size_t neurons = 0;
                           for (const FiringBlock& block : got.blocks) neurons += block.neurons.size();
                           return neurons;
                         }()));
    reached += got.below_ceiling() == 0;
  }
  CHECK(reached > 5);
}

TEST_CASE("generic linear networks have the rank that is their ceiling, whichever layers have biases") {
  const auto reaches = [](const std::vector<std::int64_t>& widths, const std::vector<bool>& biases,
                          std::int64_t wanted) {
    CAPTURE(wanted);
    const ReluNet net = linear_net(widths, biases);
    CHECK(rank_ceiling(net) == wanted);
    const DegeneracyReport got = degeneracy(net, samples(100, widths.front()));
    CHECK(got.jacobian.rank == wanted);
    CHECK(got.below_ceiling() == 0);
  };
  reaches({4, 3}, {false}, 12);
  reaches({4, 3}, {true}, 15);
  reaches({4, 2, 3}, {false, false}, 2 * (4 + 3 - 2));
  reaches({4, 2, 3}, {false, true}, 2 * (4 + 3 - 2) + 3);
  reaches({4, 2, 3}, {true, true}, 2 * (4 + 3 - 2) + 3);
  reaches({4, 2, 3}, {true, false}, 2 * (4 + 3 - 2) + 2);            // the bias passes the narrowest layer
  reaches({2, 3, 4, 5}, {false, true, false}, 2 * (2 + 5 - 2) + 5);  // and here it comes in behind it
  reaches({2, 3, 4, 5}, {true, false, false}, 2 * (2 + 5 - 2) + 5);
  reaches({5, 2, 3, 4}, {true, false, false}, 2 * (5 + 4 - 2) + 2);
  reaches({5, 2, 3, 4}, {false, true, false}, 2 * (5 + 4 - 2) + 4);
}

TEST_CASE("few data keep a network below its ceiling") {
  const ReluNet net = random_net({3, 4, 2});
  const Matrix x = samples(200, 3);
  CHECK(degeneracy(net, x).below_ceiling() == 0);
  CHECK(degeneracy(net, rows_of(x, 0, 4)).below_ceiling() >= 26 - 4 - 4 * 2);
}

TEST_CASE("ranks of random networks are those that numpy counts, and their ceiling") {
  std::ifstream file(BASIN_SOURCE_DIR "/tests/golden/degeneracy/ceiling.json");
  const auto golden = nlohmann::json::parse(file);
  REQUIRE(golden.at("nets").size() == 12);
  for (const auto& want : golden.at("nets")) {
    ReluNet net;
    for (const auto& layer : want.at("layers")) {
      const auto bias = layer.at("bias").get<std::vector<double>>();
      const auto weight = layer.at("weight").get<std::vector<double>>();
      const std::int64_t out = std::ssize(bias);
      net.weights.emplace_back(Shape{out, std::ssize(weight) / out}, weight);
      net.biases.push_back(bias);
    }
    const std::int64_t inputs = net.widths().front();
    Matrix x({want.at("samples"), inputs});  // a fixed sequence that fills a box evenly
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const double turns = double(i / inputs + 1) * golden.at("steps")[std::size_t(i % inputs)].get<double>();
      x[i] = 4 * (turns - std::floor(turns)) - 2;
    }
    const DegeneracyReport got = degeneracy(net, x);
    CHECK(got.jacobian.rank == want.at("rank"));
    CHECK(got.ceiling == want.at("ceiling"));
  }
}
