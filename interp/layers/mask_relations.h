// Blocks whose firing patterns are related without being equal (docs/theory.md §3.4, claims C12 and C13): where bound
// (*) and the conditional bound may leave something unexplained. The free directions that follow are counted by
// interp/degeneracy/conditional.h, lower_bound_patterns.
#pragma once
#include "interp/layers/firing_blocks.h"

namespace basin::interp {

// Of two blocks of one layer one fires exactly where the other does not: g_1 + g_2 = 1.
struct ComplementaryPair {
  std::int64_t layer = 0;
  std::vector<std::int64_t> neurons{}, complement{};
};

// A block of the next layer fires only where this one does, S_i in S_b, and not on all of that. Pairs that no weight
// joins, always-on blocks and dead ones are no such pairs.
struct NestedPair {
  std::int64_t layer = 0;
  std::vector<std::int64_t> neurons{}, readers{};  // of `layer`, and of layer + 1
};

struct MaskRelations {
  std::vector<ComplementaryPair> complementary{};
  std::vector<NestedPair> nested{};
};

// `blocks` are those of all hidden layers.
MaskRelations mask_relations(const ReluNet& net, const NetworkFactors& factors, const std::vector<FiringBlock>& blocks);

}  // namespace basin::interp
