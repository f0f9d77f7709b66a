#include "interp/degeneracy/epsilon_bound.h"

#include <doctest/doctest.h>

#include <random>

#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/nearly_null_moves.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

const std::vector<double> grid{1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12};

std::int64_t low_ranks(const DegeneracyReport& report) {
  std::int64_t total = 0;
  for (const LayerDegeneracy& layer : report.layers) total += layer.free_low_rank;
  return total;
}

// Widths, scales, samples and input ranks that give every kind of trouble, each layer at its own scale.
GoldenData random_net(std::uint64_t seed) {
  Rng rng(seed, "epsilon bound");
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return low + std::int64_t(rng.below(std::uint64_t(high - low + 1)));
  };
  std::vector<std::int64_t> widths{between(1, 5)};
  for (std::int64_t hidden = between(0, 3); hidden > 0; --hidden) widths.push_back(between(1, 7));
  widths.push_back(between(1, 4));
  GoldenData data{.net = {}, .x = Matrix({between(3, 120), widths.front()})};
  rng.fill_normal(std::span(data.x.data), std::exp(rng.uniform(-3, 3)));
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    data.net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    data.net.biases.emplace_back(widths[l + 1]);
    rng.fill_normal(std::span(data.net.weights.back().data), std::exp(rng.uniform(-4, 2)));
    rng.fill_normal(std::span(data.net.biases.back()), std::exp(rng.uniform(-4, 2)));
  }
  return data;
}

// 1-2-1 on 200 points of a line; the second neuron's corner lies `shift` points behind the first's.
GoldenData two_corners(std::int64_t shift) {
  GoldenData data{.net = {}, .x = Matrix({200, 1})};
  for (std::int64_t i = 0; i < 200; ++i) data.x[i] = (double(i) - 99.5) / 100;
  data.net.weights = {Matrix({2, 1}, {1, 2}), Matrix({1, 2}, {1, 3})};
  data.net.biases = {{0, -0.02 * double(shift)}, {0}};
  return data;
}

}  // namespace

TEST_CASE("at rounding level the kinds are the integers of the golden networks") {
  for (const auto& want : golden_nets()) {
    CAPTURE(want.at("name").get<std::string>());
    const GoldenData data = golden_data(want);
    const DegeneracyReport report = degeneracy(data.net, data.x);
    const ConditionalBound conditional = conditional_bound(data.net, data.x);
    const EpsilonBound bound = epsilon_bounds(data.net, data.x, {smallest_epsilon}).front();
    CHECK(bound.free == report.free_directions());
    CHECK(bound.low_rank() == low_ranks(report));
    CHECK(bound.low_rank() + bound.conditional == conditional.lower_bound - conditional.gauge.rank);
    CHECK(bound.bound() == conditional.lower_bound);
  }
}

TEST_CASE("kinds are told apart") {
  const auto at = [](const char* name) {
    const GoldenData data = golden_named(name);
    return epsilon_bounds(data.net, data.x, {1e-12}).front();
  };
  const EpsilonBound blocks = at("c3_321");  // six neurons: 9 + 4 + 1
  CHECK(blocks.rescaling == 6);
  CHECK(blocks.synchronised == 8);
  CHECK(blocks.low_rank() + blocks.conditional == 0);
  const EpsilonBound always_on = at("c4");  // 3 neurons and the constant: 12; blocks of 1 and 2: 5
  CHECK(always_on.rescaling == 6);
  CHECK(always_on.synchronised == 11);
  const EpsilonBound rare = at("c11");
  CHECK(rare.rescaling == 5);
  std::int64_t kinds = 0;
  for (const BoundKind& kind : bound_kinds()) kinds += kind.count(rare);
  CHECK(kinds == 2 * rare.free);  // the kinds with what is unexplained, and all
  CHECK(rare.conditional == 3);
  CHECK(rare.low_rank() + rare.synchronised == 0);
  const EpsilonBound low_input = at("c6_blocks");
  CHECK(low_input.activations == 12);
  CHECK(low_input.gradients + low_input.products == 0);
  const EpsilonBound unread = at("c7_unread");
  CHECK(unread.gradients > 0);
}

TEST_CASE("the bound never exceeds what it bounds, at any cut-off, on networks never seen before") {
  const std::uint64_t start = std::random_device()();
  INFO("seed ", start);
  for (std::uint64_t seed = start; seed < start + 250; ++seed) {
    CAPTURE(seed);
    const GoldenData data = random_net(seed);
    std::int64_t before = data.net.parameters();
    for (const EpsilonBound& b : epsilon_bounds(data.net, data.x, grid)) {
      CAPTURE(b.epsilon);
      CHECK(b.unexplained() >= 0);
      CHECK(std::min({b.activations, b.gradients, b.products, b.conditional, b.rescaling, b.synchronised}) >= 0);
      CHECK(b.free <= before);
      before = b.free;
    }
  }
}

TEST_CASE("the directions below a cut-off are counted as on the singular values of J") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const GoldenData data = random_net(seed);
    const std::vector<double> s = jacobian_spectrum(dense_network(data.net), {{"x", data.x}}).singular_values;
    for (const EpsilonBound& b : epsilon_bounds(data.net, data.x, {1e-2, 1e-5, 1e-9})) {
      const auto above = std::ranges::count_if(s, [&](double v) { return v * v >= b.epsilon * s[0] * s[0]; });
      CHECK(b.free == data.net.parameters() - above);
    }
  }
}

TEST_CASE("samples that come forty times change no count of any kind") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const GoldenData data = random_net(seed);
    Matrix often({40 * data.x.rows(), data.x.cols()});
    for (std::int64_t i = 0; i < often.size(); ++i) often[i] = data.x[i % data.x.size()];
    const auto once = epsilon_bounds(data.net, data.x, {1e-2, 1e-5}),
               many = epsilon_bounds(data.net, often, {1e-2, 1e-5});
    for (std::size_t e = 0; e < once.size(); ++e) {
      CHECK(many[e].activations == once[e].activations);
      CHECK(many[e].gradients == once[e].gradients);
      CHECK(many[e].products == once[e].products);
      CHECK(many[e].conditional == once[e].conditional);
      CHECK(many[e].synchronised == once[e].synchronised);
      CHECK(many[e].free == once[e].free);
    }
  }
}

TEST_CASE("in a network of one layer everything is low rank, at every cut-off") {
  GoldenData data{.net = {}, .x = random_matrix(50, 3, "one layer")};
  for (std::int64_t i = 0; i < 50; ++i) data.x(i, 1) *= 1e-2, data.x(i, 2) *= 1e-4;
  data.net.weights = {random_matrix(2, 3, "w")};
  data.net.biases = {{0.5, 0.1}};
  const auto bounds = epsilon_bounds(data.net, data.x, {1e-1, 1e-3, 1e-6, 1e-10});
  const std::int64_t free[] = {4, 4, 2, 0};  // two outputs each for the inputs of size 1e-2 and 1e-4
  for (int e = 0; e < 4; ++e) {
    CHECK(bounds[e].free == free[e]);
    CHECK(bounds[e].activations == free[e]);
    CHECK(bounds[e].unexplained() == 0);
  }
}

TEST_CASE("neurons that nearly fire together count at large cut-offs and not at small ones") {
  const GoldenData near = two_corners(2), exact = two_corners(0), far = two_corners(40);
  const auto near_bounds = epsilon_bounds(near.net, near.x, {1e-3, 1e-12});
  CHECK(near_bounds[0].bound() > near_bounds[1].bound());
  CHECK(near_bounds[1].bound() == conditional_bound(near.net, near.x).lower_bound);
  CHECK(epsilon_bounds(exact.net, exact.x, {1e-12}).front().bound() == 4);  // docs/theory.md §3, worked example
  const auto moves = [](const GoldenData& d) {
    return nearly_null_moves(d.net, network_factors(dense_network(d.net), {{"x", d.x}}), nearly_together);
  };
  CHECK(moves(near).rescalings.shape[0] == 2);
  CHECK(moves(near).pairs.shape[0] == 2);
  CHECK(moves(far).pairs.shape[0] == 0);
}

TEST_CASE("the counts are the same for 1 and 3 threads") {
  const GoldenData data = golden_named("c10_three_layers");
  const auto one = epsilon_bounds(data.net, data.x, grid, {.chunk = 16}),
             three = epsilon_bounds(data.net, data.x, grid, {.chunk = 16, .threads = 3});
  for (std::size_t e = 0; e < grid.size(); ++e) {
    CHECK(one[e].free == three[e].free);
    CHECK(one[e].bound() == three[e].bound());
    CHECK(one[e].products == three[e].products);
    CHECK(one[e].synchronised == three[e].synchronised);
  }
}

TEST_CASE("cut-offs that a Gram matrix does not resolve, and wrong inputs, are refused") {
  const GoldenData data = two_corners(1);
  for (double epsilon : {0.0, 1e-14, 1.0, -1e-3, std::nan("")})
    CHECK_THROWS_AS(epsilon_bounds(data.net, data.x, {epsilon}), UsageError);
  CHECK_THROWS_AS(epsilon_bounds(data.net, Matrix({5, 2}), {1e-3}), ShapeError);
  CHECK_THROWS_AS(epsilon_bounds(data.net, Matrix({0, 1}), {1e-3}), DataError);
  CHECK_THROWS_AS(epsilon_bounds(ReluNet{}, data.x, {1e-3}), DataError);
  CHECK(epsilon_bounds(data.net, data.x, {}).empty());
}
