// Planted networks of one hidden layer with random mixtures of everything that can be planted (claim C9).
#pragma once
#include "experiments/claims/degeneracy_claims.h"

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

// settings.mixed_nets of them, through all mixtures of kinds in turn (mixed_plans.h), hidden layers up to 12 wide.
std::vector<MixedNet> measure_mixed_nets(const ClaimSettings& settings);

}  // namespace basin::experiments
