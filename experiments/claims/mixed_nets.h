// Planted networks with random mixtures of everything that can be planted (nn/data/planted/mixed_plans.h), measured
// for claims C9 and C10.
#pragma once
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {

struct MixedNet {
  std::int64_t planned = 0;  // free directions by the exact formula on the planted sizes; nothing measured
  std::int64_t free = 0;     // N - rank J
  std::int64_t bound = 0;    // (*)
  std::int64_t naive = 0;    // the kinds added up
  std::int64_t formula = 0;  // the exact formula on measured block ranks
  bool condition = false;    // of that formula
  double gap = 0;            // the smallest spectral gap of all ranks
};

// settings.mixed_nets networks of one hidden layer, up to 12 wide, through all mixtures of kinds in turn.
std::vector<MixedNet> measure_mixed_nets(const ClaimSettings& settings);

// settings.mixed_nets / 2 planted networks (at least one) of random plans with 1 to 3 hidden layers up to 12 wide and
// hardly any filter, so that all that data can hide is among them: blocks that rarely fire, nested and complementary
// patterns. They go through all mixtures of kinds in turn, each depth from where the last one ended.
std::vector<KindCounts> measure_deep_nets(std::int64_t hidden_layers, const ClaimSettings& settings);

}  // namespace basin::experiments
