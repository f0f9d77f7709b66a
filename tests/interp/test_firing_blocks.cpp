#include "interp/layers/firing_blocks.h"

#include <doctest/doctest.h>

#include "core/rng.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

namespace {

// Masks from rows of text, one for each neuron: '1' where it fires.
FiringMasks masks_of(const std::vector<std::string>& neurons) {
  FiringMasks masks(std::int64_t(neurons[0].size()), std::int64_t(neurons.size()));
  for (std::size_t i = 0; i < neurons.size(); ++i)
    for (std::size_t s = 0; s < neurons[i].size(); ++s)
      if (neurons[i][s] == '1') masks.columns[i][s / 64] |= std::uint64_t(1) << (s % 64);
  return masks;
}

}  // namespace

TEST_CASE("neurons with one pattern are a block, in the order of first neurons, and kinds are named") {
  const auto blocks = firing_blocks(masks_of({"0110", "1111", "0000", "0110", "1000", "1111", "0000"}), 2);
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[0] == FiringBlock{2, BlockKind::synchronised, {0, 3}});
  CHECK(blocks[1] == FiringBlock{2, BlockKind::always_on, {1, 5}});
  CHECK(blocks[2] == FiringBlock{2, BlockKind::dead, {2, 6}});
  CHECK(blocks[3] == FiringBlock{2, BlockKind::single, {4}});
  CHECK(name_of(BlockKind::synchronised) == "synchronised");
  CHECK(name_of(BlockKind::always_on) == "always_on");
  CHECK(name_of(BlockKind::dead) == "dead");
  CHECK(name_of(BlockKind::single) == "single");
}

TEST_CASE("a picture of the patterns has equal samples side by side") {
  const Matrix picture = masks_of({"0110", "1111", "0100"}).picture();
  CHECK(picture.shape == Shape{3, 4});
  CHECK(picture.data == std::vector<double>{1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0});
}

TEST_CASE("patterns of any length are compared to the last sample") {
  for (std::size_t n : {1, 63, 64, 65, 128, 200}) {
    CAPTURE(n);
    std::string all(n, '1'), last(n, '1');
    last.back() = '0';
    const auto blocks = firing_blocks(masks_of({all, last, all}), 0);
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0] == FiringBlock{0, BlockKind::always_on, {0, 2}});
    CHECK(blocks[1].kind == (n == 1 ? BlockKind::dead : BlockKind::single));
  }
}

TEST_CASE("without samples nothing is said about patterns") {
  CHECK_THROWS_AS(firing_blocks(FiringMasks(0, 3), 0), UsageError);
}

TEST_CASE("a pre-activation of exactly zero does not fire, and the margin is then zero") {
  ReluNet net;
  net.weights = {Matrix({2, 1}, {1, 1}), Matrix({1, 2}, {1, 1})};
  net.biases = {{0, 1}, {0}};
  const Matrix x({3, 1}, {0, 1, 2});
  const NetworkFactors factors = network_factors(dense_network(net), {{"x", x}});
  const auto blocks = firing_blocks(factors.layers[0].firing, 0);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].kind == BlockKind::single);
  CHECK(blocks[1].kind == BlockKind::always_on);
  CHECK(firing_margin(net, factors) == 0);
}

TEST_CASE("the margin is relative to each neuron's root mean square, so scales do not matter") {
  GoldenData data = golden_named("c3_321");
  const auto margin = [&] {
    return firing_margin(data.net, network_factors(dense_network(data.net), {{"x", data.x}}));
  };
  const double before = margin();
  CHECK(before == doctest::Approx(0.0168).epsilon(5e-3));
  for (double& w : data.net.weights[0].row(3)) w *= 1000;
  data.net.biases[0][3] *= 1000;
  CHECK(margin() == doctest::Approx(before));
}

TEST_CASE("a neuron whose pre-activation is zero everywhere is dead and left out of the margin") {
  ReluNet net;
  net.weights = {Matrix({2, 1}, {1, 0}), Matrix({1, 2}, {1, 1})};
  net.biases = {{0, 0}, {0}};
  const NetworkFactors factors = network_factors(dense_network(net), {{"x", Matrix({2, 1}, {1, -1})}});
  CHECK(firing_blocks(factors.layers[0].firing, 0)[1].kind == BlockKind::dead);
  CHECK(firing_margin(net, factors) == doctest::Approx(1));
}
