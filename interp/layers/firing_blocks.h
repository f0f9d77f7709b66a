// Neurons that fire on the same samples (docs/theory.md §3.1, kind c).
#pragma once
#include <string_view>
#include <vector>

#include "interp/layers/factors.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

// synchronised: two neurons or more with one pattern; single: an ordinary neuron, alone with its pattern. Neurons that
// fire on all samples, or on none, are one block of their layer, however few they are.
enum class BlockKind { synchronised, always_on, dead, single };
std::string_view name_of(BlockKind kind);

struct FiringBlock {
  std::int64_t layer = 0;  // the dense layer whose outputs these neurons are, 0-based
  BlockKind kind = BlockKind::single;
  std::vector<std::int64_t> neurons;  // ascending
  friend bool operator==(const FiringBlock&, const FiringBlock&) = default;
};

// The blocks of one layer, in the order of their first neurons. A neuron fires where its pre-activation is > 0;
// patterns are compared exactly. UsageError if there are no samples.
std::vector<FiringBlock> firing_blocks(const FiringMasks& masks, std::int64_t layer);

// The factors of interp/layers/factors.h. The neurons of a linear network fire on all samples, with infinite margins.
NetworkFactors network_factors(const ReluNet& net, const Matrix& x, const SweepOptions& options = {});
NetworkFactors network_factors(const ReluNet& net, const std::vector<FullTable>& tables);

// The smallest |pre-activation| of a hidden neuron on any sample, relative to the neuron's root mean square: how far
// the patterns are from chance. Below the rounding of the precision the network lives in, they mean nothing. Infinite
// without hidden ReLUs; neurons whose pre-activation is zero everywhere are left out.
double firing_margin(const ReluNet& net, const NetworkFactors& factors);

}  // namespace basin::interp
