// C22: modules are found from logarithms of interactions with a cut-off, and hold against a null model
// (docs/theory.md §4).
#pragma once
#include "experiments/claims/degeneracy_claims.h"

namespace basin::experiments {

std::vector<Claim> claim_modules(const ClaimSettings& settings);

}  // namespace basin::experiments
