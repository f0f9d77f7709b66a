// What an interaction basis notices of moves in parameter space.
#include <doctest/doctest.h>

#include <cmath>

#include "core/matrix.h"
#include "interp/basis/representation.h"
#include "interp/degeneracy/null_space.h"
#include "nn/data/planted/planted.h"

using namespace basin;
using namespace basin::interp;

namespace {

struct Planted {
  ReluNet net;
  Matrix x, free;

  Planted() {
    nn::PlantedNet planted = nn::plant({.hidden = {nn::blocks({2, 1})}, .samples = 120}, 5);
    net.weights = planted.weights, net.biases = planted.biases, x = planted.x;
    free = jacobian_null_space(net, x).basis;
  }
};

}  // namespace

TEST_CASE("free directions of blocks are removed, others are seen") {
  const Planted p;
  REQUIRE(p.free.rows() == 5);
  const RepresentationChanges changes = representation_changes(p.net, p.x, p.free);
  CHECK(changes.smallest_step > 0);
  const SeenDirections seen = seen_directions(changes.along);
  CHECK(seen.removed() == 5);
  CHECK(seen.rank.largest_dropped < 1e-8);

  Matrix weight({1, p.net.parameters()});
  weight[0] = 1;  // the outputs change, and they are part of the representation
  CHECK(seen_directions(representation_changes(p.net, p.x, weight).along).rank.rank == 1);
}

TEST_CASE("no directions are none seen, and PCA sees a rescaling") {
  const Planted p;
  CHECK(seen_directions(representation_changes(p.net, p.x, Matrix({0, p.net.parameters()})).along).directions == 0);
  const auto pca = representation_changes(p.net, p.x, p.free, {.kind = BasisKind::pca});
  CHECK(seen_directions(pca.along).removed() < 5);
}

TEST_CASE("a sample on the edge of a neuron leaves no step") {
  Planted p;
  const std::span<const double> w = p.net.weights[0].row(0);
  double squares = 0;
  for (const double v : w) squares += v * v;
  for (std::int64_t i = 0; i < p.x.cols(); ++i) p.x(0, i) = -p.net.biases[0][0] * w[i] / squares;
  CHECK_THROWS_AS(representation_changes(p.net, p.x, p.free), NumericalError);
  p.net.linear = true;  // there are no edges
  CHECK(representation_changes(p.net, p.x, p.free).smallest_step == RepresentationOptions{}.step);
}
