// C2 to C8: what one planted degeneracy at a time costs. The predictions are the arithmetic of docs/theory.md §3 on
// the planted sizes, d~ = 6 and d_out = 4 unless said.
#include "experiments/claims/claims_blocks.h"

#include "experiments/claims/claim_nets.h"

namespace basin::experiments {
namespace {

using nn::Plan;
using nn::Plant;
using nn::PlantKind;

std::vector<Claim> measure_all(const std::string& id, const std::vector<PlantedSetting>& list,
                               const ClaimSettings& settings) {
  std::vector<Claim> claims;
  for (const PlantedSetting& setting : list) claims.push_back(measure_setting(id, setting, settings));
  return claims;
}

std::vector<std::vector<Plant>> generic_layers(std::size_t count) { return {count, blocks({1, 1, 1, 1, 1, 1})}; }

}  // namespace

std::vector<Claim> claim_generic(const ClaimSettings& settings) {
  const std::string rule = "one rescaling for each hidden neuron";
  return measure_all("C2",
                     {{"generic 5-6-4", Plan{generic_layers(1)}, 6, rule},
                      {"generic 5-6-6-4", Plan{generic_layers(2)}, 6 + 6, rule},
                      {"generic 5-6-6-6-4", Plan{generic_layers(3)}, 6 + 6 + 6, rule},
                      {"generic 5-6-6-1", Plan{.hidden = generic_layers(2), .outputs = 1}, 6 + 6, rule}},
                     settings);
}

std::vector<Claim> claim_blocks(const ClaimSettings& settings) {
  return measure_all("C3",
                     {{"blocks 3, 2, 1", Plan{{blocks({3, 2, 1})}}, 3 * 3 + 2 * 2 + 1, "sum of k^2"},
                      {"blocks 4, 1, 1", Plan{{blocks({4, 1, 1})}}, 4 * 4 + 1 + 1, "sum of k^2"}},
                     settings);
}

std::vector<Claim> claim_always_on(const ClaimSettings& settings) {
  const Plant on{.size = 3, .kind = PlantKind::always_on};
  return measure_all("C4",
                     {{"always-on block of 3, blocks 1, 2", Plan{{with(on, blocks({1, 2}))}}, 3 * (3 + 1) + 1 + 2 * 2,
                       "k(k+1) for the always-on block, k^2 for the others"}},
                     settings);
}

std::vector<Claim> claim_dead(const ClaimSettings& settings) {
  const Plant one{.size = 1, .kind = PlantKind::dead}, two{.size = 2, .kind = PlantKind::dead};
  return measure_all(
      "C5",
      {{"2 dead, blocks 1, 2", Plan{{with(two, blocks({1, 2}))}}, 2 * (6 + 4) + 1 + 2 * 2,
        "all weights of the dead, k^2 for the others"},
       {"5-[1 dead, 2, 1, 1]-[2 dead, 2, 1, 1]-4", Plan{{with(one, blocks({2, 1, 1})), with(two, blocks({2, 1, 1}))}},
        1 * (6 + 6) + 2 * (6 + 4) - 1 * 2 + 2 * (2 * 2 + 1 + 1),
        "all weights of the dead, those between two dead counted once, k^2 for the others"}},
      settings);
}

std::vector<Claim> claim_low_rank_input(const ClaimSettings& settings) {
  return measure_all("C6",
                     {{"inputs of rank 3 of 5, 4 neurons", Plan{.hidden = {blocks({1, 1, 1, 1})}, .input_rank = 3},
                       4 * (5 - 3) + 4, "2 unread directions for each neuron, k^2"},
                      {"inputs of rank 3 of 5, blocks 3, 2, 1", Plan{.hidden = {blocks({3, 2, 1})}, .input_rank = 3},
                       6 * (5 - 3) + 3 * 3 + 2 * 2 + 1, "2 unread directions for each neuron, k^2"}},
                     settings);
}

std::vector<Claim> claim_combined(const ClaimSettings& settings) {
  const Plant rows{.size = 4, .rows = 2}, readers{.size = 4, .readers = 1};
  const Plant both{.size = 4, .rows = 2, .readers = 3}, unread{.size = 3, .readers = 0};
  const auto plan = [](const Plant& block) { return Plan{{with(block, blocks({1}))}}; };
  const std::string rule = "k d_out + k d~ - d_out rho - d~ s + rho s for the block, 1 for the single neuron";
  return measure_all(
      "C7",
      {{"block of 4 with rows of rank 2", plan(rows), 4 * 4 + 4 * 6 - 4 * 2 - 6 * 4 + 2 * 4 + 1, rule},
       {"block of 4 with readers of rank 1", plan(readers), 4 * 4 + 4 * 6 - 4 * 4 - 6 * 1 + 4 * 1 + 1, rule},
       {"block of 4 with rows of rank 2, readers of rank 3", plan(both), 4 * 4 + 4 * 6 - 4 * 2 - 6 * 3 + 2 * 3 + 1,
        rule},
       {"block of 3 that nothing reads", plan(unread), 3 * 4 + 3 * 6 - 4 * 3 + 1, rule}},
      settings);
}

std::vector<Claim> claim_scalar_output(const ClaimSettings& settings) {
  return measure_all("C8",
                     {{"one output, blocks 3, 2: a block keeps d~ numbers whatever its size",
                       Plan{.hidden = {blocks({3, 2})}, .outputs = 1}, (3 + 2) * (6 + 1) - 2 * 6,
                       "weights of the blocks less d~ for each"}},
                     settings);
}

}  // namespace basin::experiments
