#include "interp/degeneracy/planted_attention.h"

#include <doctest/doctest.h>

using namespace basin;
using namespace basin::interp;

TEST_CASE("heads are made to share a pattern with other factors") {
  const PlantedAttention net = planted_attention({{2, 1}}, Rng(3, "test"));
  CHECK(net.layer.W_Q[0] != net.layer.W_Q[12]);
  const auto found = attention_degeneracy(net.layer, net.x);
  CHECK(found.groups == std::vector<std::vector<std::int64_t>>{{0, 1}, {2}});
  CHECK(found.within < 1e-12);
}

TEST_CASE("a planted layer has the sizes of its plan, and a constant coordinate if asked") {
  const PlantedAttention net = planted_attention({.sharing = {2},
                                                  .key_value_bias = true,
                                                  .constant_input = true,
                                                  .d_model = 5,
                                                  .d_head = 3,
                                                  .sequences = 4,
                                                  .positions = 2},
                                                 Rng(1, "test"));
  net.layer.validate("test");
  CHECK(net.layer.W_O.shape == Shape{2, 3, 5});
  CHECK(net.layer.b_V.shape == Shape{2, 3});
  CHECK(net.layer.b_Q.data.empty());
  CHECK(net.x.shape == Shape{4, 2, 5});
  for (std::int64_t i = 0; i < 8; ++i) CHECK(net.x[5 * i] == 1);
}
