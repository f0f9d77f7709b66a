#include "interp/degeneracy/conditional.h"

#include <doctest/doctest.h>

#include "core/rng.h"
#include "interp/degeneracy/parameter_moves.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

// Untouched networks on a line: neurons fire on few samples, or on the same side of them, in every possible way.
GoldenData scalar_net(const std::vector<std::int64_t>& widths, std::uint64_t seed) {
  Rng rng(seed, "conditional");
  GoldenData data{.net = {}, .x = Matrix({120, widths.front()})};
  rng.fill_normal(std::span(data.x.data));
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    data.net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    data.net.biases.emplace_back(widths[l + 1]);
    rng.fill_normal(std::span(data.net.weights.back().data));
    rng.fill_normal(std::span(data.net.biases.back()), 0.3);
  }
  return data;
}

}  // namespace

TEST_CASE("the conditional bound and the ranks within layers are those of the golden networks") {
  for (const auto& want : golden_nets()) {
    CAPTURE(want.at("name").get<std::string>());
    const GoldenData data = golden_data(want);
    const ConditionalBound got = conditional_bound(data.net, data.x);
    CHECK(got.lower_bound == want.at("conditional_bound"));
    CHECK(got.lower_bound >= want.at("lower_bound"));
    CHECK(got.lower_bound <= want.at("free_directions"));
    CHECK(got.smallest_gap() > 1e6);
    REQUIRE(got.layer_ranks.size() == want.at("layers").size());
    for (std::size_t l = 0; l < got.layer_ranks.size(); ++l)
      CHECK(got.layer_ranks[l].rank == want.at("layers")[l].at("within_layer_rank"));
  }
}

TEST_CASE("on untouched networks the bounds are ordered: (*), conditional, truth") {
  std::int64_t gained = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    for (const auto& widths : {std::vector<std::int64_t>{1, 6, 6, 1}, {2, 4, 3}}) {
      CAPTURE(seed);
      const GoldenData data = scalar_net(widths, seed);
      const DegeneracyReport report = degeneracy(data.net, data.x);
      const ConditionalBound bound = conditional_bound(data.net, data.x);
      CHECK(bound.lower_bound >= report.lower_bound());
      CHECK(bound.lower_bound <= report.free_directions());
      for (std::size_t l = 0; l < report.layers.size(); ++l)
        CHECK(bound.layer_ranks[l].rank <= report.layers[l].activation.rank * report.layers[l].gradient.rank);
      gained += bound.lower_bound - report.lower_bound();
    }
  CHECK(gained > 20);
}

TEST_CASE("rank Phi of (*) beside the ranks within layers would count directions twice") {
  int too_large = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const GoldenData data = scalar_net({1, 6, 6, 1}, seed);
    const DegeneracyReport report = degeneracy(data.net, data.x);
    const ConditionalBound bound = conditional_bound(data.net, data.x);
    CHECK(bound.gauge.rank <= report.gauge.rank);
    too_large += bound.lower_bound - bound.gauge.rank + report.gauge.rank > report.free_directions();
  }
  CHECK(too_large > 0);
}

TEST_CASE("the bound is the same for 1 and 3 threads, to the bit") {
  const GoldenData data = golden_named("c10_three_layers");
  DegeneracyOptions options{.sweep = {.chunk = 16}};
  const ConditionalBound one = conditional_bound(data.net, data.x, options);
  options.sweep.threads = 3;
  const ConditionalBound three = conditional_bound(data.net, data.x, options);
  CHECK(one.lower_bound == three.lower_bound);
  CHECK(one.gauge.smallest_kept == three.gauge.smallest_kept);
  CHECK(one.layer_ranks[1].largest_dropped == three.layer_ranks[1].largest_dropped);
}

TEST_CASE("without hidden layers only low rank is left; wrong inputs are refused") {
  GoldenData data = scalar_net({3, 2}, 3);
  for (std::int64_t i = 0; i < data.x.rows(); ++i) data.x(i, 2) = data.x(i, 0) - data.x(i, 1);
  const ConditionalBound bound = conditional_bound(data.net, data.x);
  CHECK(bound.lower_bound == 2);
  CHECK(bound.gauge.rank == 0);
  CHECK_THROWS_AS(conditional_bound(data.net, random_matrix(5, 4, "x")), ShapeError);
  CHECK_THROWS_AS(conditional_bound(data.net, Matrix({0, 3})), DataError);
  CHECK_THROWS_AS(conditional_bound(ReluNet{}, data.x), DataError);
}

TEST_CASE("a layer's rank between tolerance and rounding is undecided, whatever the other layers make of it") {
  const auto bound_at = [](double difference) {
    GoldenData data = scalar_net({2, 3, 1}, 5);
    for (std::int64_t i = 0; i < data.x.rows(); ++i) data.x(i, 1) = data.x(i, 0) + difference * data.x(i, 1);
    return conditional_bound(data.net, data.x);
  };
  CHECK(bound_at(1e-4).decided);
  CHECK_FALSE(bound_at(1e-11).decided);
  CHECK(bound_at(0).decided);
}
