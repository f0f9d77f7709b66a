// How much degeneracy untouched random networks have, and what explains it.
#pragma once
#include "experiments/claims/degeneracy_claims.h"

namespace basin::experiments {

// Free directions of random networks beyond one rescaling for each hidden neuron, averages over `nets` networks: all of
// them, what (*) explains, what conditional ranks add, what is left. The networks are nn::random_net on 1000 inputs.
struct UntouchedRow {
  std::vector<std::int64_t> widths{};
  std::int64_t parameters = 0;
  int nets = 0;
  double beyond_rescaling = 0, explained = 0, conditional = 0, unexplained = 0;
  int violations = 0;       // networks where either bound exceeds N - rank J; a bound that fails once is none
  double smallest_gap = 0;  // of rank J
};
// Widths 3-5-2, 4-6-6-3, 6-4-4-2, 2-6-6-1, 1-8-8-1 and 5-5-5-5-3.
std::vector<UntouchedRow> measure_untouched(const ClaimSettings& settings, int nets = 20);

}  // namespace basin::experiments
