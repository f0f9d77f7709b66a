#include "interp/layers/mask_relations.h"

#include <algorithm>

namespace basin::interp {
namespace {

using Mask = std::vector<std::uint64_t>;

const Mask& mask_of(const NetworkFactors& factors, const FiringBlock& block) {
  return factors.layers[block.layer].firing.columns[block.neurons.front()];
}

bool partial(const FiringBlock& b) { return b.kind == BlockKind::synchronised || b.kind == BlockKind::single; }

bool disjoint(const Mask& a, const Mask& b) {
  return std::ranges::equal(a, b, [](std::uint64_t u, std::uint64_t v) { return (u & v) == 0; });
}

bool inside(const Mask& small, const Mask& large) {
  return std::ranges::equal(small, large, [](std::uint64_t u, std::uint64_t v) { return (u & ~v) == 0; });
}

bool complementary(const NetworkFactors& factors, const FiringBlock& a, const FiringBlock& b) {
  const FiringMasks& masks = factors.layers[a.layer].firing;
  return masks.count(a.neurons.front()) + masks.count(b.neurons.front()) == factors.samples &&
         disjoint(mask_of(factors, a), mask_of(factors, b));
}

bool joined(const Matrix& weights, const FiringBlock& block, const FiringBlock& readers) {
  return std::ranges::any_of(readers.neurons, [&](std::int64_t r) {
    return std::ranges::any_of(block.neurons, [&](std::int64_t i) { return weights(r, i) != 0; });
  });
}

bool nested(const NetworkFactors& factors, const FiringBlock& block, const FiringBlock& readers) {
  const Mask &large = mask_of(factors, block), &small = mask_of(factors, readers);
  return small != large && inside(small, large);
}

}  // namespace

MaskRelations mask_relations(const ReluNet& net, const NetworkFactors& factors,
                             const std::vector<FiringBlock>& blocks) {
  MaskRelations found;
  for (auto a = blocks.begin(); a != blocks.end(); ++a)
    for (auto b = a + 1; partial(*a) && b != blocks.end(); ++b) {
      if (!partial(*b)) continue;
      if (b->layer == a->layer && complementary(factors, *a, *b))
        found.complementary.push_back({a->layer, a->neurons, b->neurons});
      if (b->layer == a->layer + 1 && joined(net.weights[b->layer], *a, *b) && nested(factors, *a, *b))
        found.nested.push_back({a->layer, a->neurons, b->neurons});
    }
  return found;
}

}  // namespace basin::interp
