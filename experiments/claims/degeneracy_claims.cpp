#include "experiments/claims/degeneracy_claims.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "core/names.h"
#include "experiments/claims/claims_attention.h"
#include "experiments/claims/claims_blocks.h"
#include "experiments/claims/claims_conditional.h"
#include "experiments/claims/claims_deep.h"
#include "experiments/claims/claims_modules.h"
#include "experiments/claims/claims_volume.h"

namespace basin::experiments {

std::vector<const ClaimEntry*> selected_claims(std::span<const std::string> only) {
  std::vector<std::string> ids;
  std::vector<const ClaimEntry*> entries;
  for (const ClaimEntry& entry : claim_registry()) {
    ids.push_back(entry.id);
    if (only.empty() || std::ranges::find(only, entry.id) != only.end()) entries.push_back(&entry);
  }
  for (const std::string& id : only)
    if (std::ranges::find(ids, id) == ids.end())
      throw NameError("there is no claim '" + id + "'; help: did you mean " + nearest_name(id, ids) + "? There are " +
                      ids.front() + " to " + ids.back());
  return entries;
}

std::span<const ClaimEntry> claim_registry() {
  static const std::array<ClaimEntry, 23> entries{{
      {"C1", "the Hessian of the behavioural loss is (2/n) J^T J", claim_hessian},
      {"C2", "a generic network has one free direction for each hidden neuron", claim_generic},
      {"C3", "a block of k synchronised neurons has k^2", claim_blocks},
      {"C4", "an always-on block of k neurons has k(k+1)", claim_always_on},
      {"C5", "dead neurons free all their weights, and no k^2", claim_dead},
      {"C6", "inputs of low rank free directions of every reader", claim_low_rank_input},
      {"C7", "low ranks inside a block", claim_combined},
      {"C8", "a scalar output sees d~ numbers of a block", claim_scalar_output},
      {"C9", "bound (*) holds, and is exact for one hidden layer", claim_bound},
      {"C10", "bound (*) holds with two and three hidden layers, and is often exact", claim_deep_bound},
      {"C11", "a neuron's inputs can have a lower rank where it fires", claim_conditional},
      {"C12", "complementary patterns free one direction more", claim_complementary},
      {"C13", "nested patterns in two layers free one direction more", claim_nested},
      {"C14", "few data leave directions free", claim_few_data},
      {"C15", "attention heads, and heads that share a pattern", claim_attention},
      {"C16", "two directions each free alone, together not: N_eff is 1 where the Hessian says 0", claim_figure_one},
      {"C17", "doubly null directions count where the Hessian does not see them", claim_doubly_null},
      {"C19", "apart, sets add their freedom; interaction takes it away", claim_freedom_adds},
      {"C20", "N_eff of interacting directions is a matching number", claim_matching_number},
      {"C21", "volume and N_eff of one interaction, with a cut-off at epsilon", claim_interaction_cut_off},
      {"C22", "modules are found from log interactions with a cut-off", claim_modules},
      {"C23", "a sum of logarithms overcounts a hub", claim_hub},
      {"C24", "block-diagonal weights alone are not more degenerate", claim_block_weights},
  }};
  return entries;
}

std::vector<Claim> run_claims(std::span<const std::string> only, const ClaimSettings& settings,
                              const ClaimProgress& progress) {
  if (settings.nets < 1 || settings.mixed_nets < 1)
    throw UsageError("claims: fewer than one network for a claim given");
  const std::vector<const ClaimEntry*> entries = selected_claims(only);
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (progress) progress(*entries[i], i, entries.size());
    const auto start = std::chrono::steady_clock::now();
    std::vector<Claim> rows = entries[i]->run(settings);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    for (Claim& row : rows) row.seconds = seconds.count() / double(rows.size());
    std::ranges::move(rows, std::back_inserter(claims));
  }
  return claims;
}

}  // namespace basin::experiments
