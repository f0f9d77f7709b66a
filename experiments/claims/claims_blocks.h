// Claims C1 to C9 one by one; see degeneracy_claims.h.
#pragma once
#include "experiments/claims/degeneracy_claims.h"

namespace basin::experiments {

std::vector<Claim> claim_hessian(const ClaimSettings& settings);         // C1
std::vector<Claim> claim_generic(const ClaimSettings& settings);         // C2
std::vector<Claim> claim_blocks(const ClaimSettings& settings);          // C3
std::vector<Claim> claim_always_on(const ClaimSettings& settings);       // C4
std::vector<Claim> claim_dead(const ClaimSettings& settings);            // C5
std::vector<Claim> claim_low_rank_input(const ClaimSettings& settings);  // C6
std::vector<Claim> claim_combined(const ClaimSettings& settings);        // C7
std::vector<Claim> claim_scalar_output(const ClaimSettings& settings);   // C8
std::vector<Claim> claim_bound(const ClaimSettings& settings);           // C9

}  // namespace basin::experiments
