// Claims C10, C14 and C24; see degeneracy_claims.h.
#pragma once
#include "experiments/claims/degeneracy_claims.h"
#include "experiments/claims/kind_counts.h"

namespace basin::experiments {

// settings.mixed_nets / 2 planted networks (at least one) of random plans with 1 to 3 hidden layers up to 12 wide and
// hardly any filter, so that all that data can hide is among them: blocks that rarely fire, nested and complementary
// patterns. They go through all mixtures of kinds in turn (mixed_plans.h), each depth from where the last one ended.
std::vector<KindCounts> measure_deep_nets(std::int64_t hidden_layers, const ClaimSettings& settings);

// A network for C24: 8-6-6-4, He weights, hidden biases at quantiles of the pre-activations, 2000 normal inputs; made
// of two modules of 3 hidden neurons in each layer, or dense. Drawn anew until each neuron fires on 15 to 85 % of the
// samples and any two neurons are found in all four joint states on 1 % of them each.
ClaimNet filtered_net(bool modular, Rng rng);

std::vector<Claim> claim_deep_bound(const ClaimSettings& settings);     // C10
std::vector<Claim> claim_few_data(const ClaimSettings& settings);       // C14
std::vector<Claim> claim_block_weights(const ClaimSettings& settings);  // C24

}  // namespace basin::experiments
