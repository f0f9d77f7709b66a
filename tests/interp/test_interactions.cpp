#include "interp/volume/interactions.h"

#include <doctest/doctest.h>

using namespace basin;
using namespace basin::interp;

TEST_CASE("the loss of a graph is the sum of its products of squares") {
  const Loss loss = interaction_loss({{0, 1}, {1, 2, 0.5}});
  const double w[] = {2, 3, -1};
  CHECK(loss(w) == 36 + 0.5 * 9);
}

TEST_CASE("a slope near zero tells a matching number from the number of edges") {
  const InteractionGraph star = named_graphs().front();
  const Measured slope = n_eff_near_zero(interaction_loss(star.edges), star.nodes, Rng(1, "claims/volume/star"));
  CHECK(slope.value == doctest::Approx(1).epsilon(0.15));
  CHECK(slope.error < 0.15);
  CHECK(slope.value < double(star.edges.size()) - 0.2);
}
