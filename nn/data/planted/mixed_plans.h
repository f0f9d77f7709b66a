// Plans of planted networks with random mixtures of everything that can be planted, and what theory says of them before
// anything is measured.
#pragma once
#include <functional>

#include "core/rng.h"
#include "nn/data/planted/planted.h"

namespace basin::nn {

// The kinds of degeneracy that a network has somewhere, beside ordinary neurons.
struct Mixture {
  bool blocks = false;       // neurons that fire together
  bool always_on = false;    // neurons that always fire
  bool dead = false;         // neurons that never do
  bool low_rows = false;     // a block or always-on neurons whose weight rows have a low rank
  bool low_readers = false;  // the same of their outgoing weights
  bool low_inputs = false;   // inputs of low rank
  friend bool operator==(const Mixture&, const Mixture&) = default;
};

// All 52 of them: 64 less those with low ranks of blocks and no blocks.
const std::vector<Mixture>& mixtures();

// 3 to 12 inputs, 1 to 12 outputs, 2 to 12 neurons in each hidden layer. Every kind of the mixture is in at least one
// layer, and each layer has an ordinary neuron or another block. 300 samples, or more where one output would leave
// fewer than two rows of J for each parameter.
Plan random_plan(std::int64_t hidden_layers, const Mixture& mixture, Rng& rng);

// The same sizes with nothing but always-on and dead neurons, with low ranks or without: on the data the network is a
// product of matrices.
Plan linear_plan(std::int64_t hidden_layers, Rng& rng);

// The same plan with hardly a filter: blocks may fire rarely, patterns may be nested or complementary.
Plan weakly_filtered(Plan plan);

// The first network that a stream of plans gives, with the plan it came from: plans that the data can hardly show (none
// of 10 draws was accepted) are passed over.
struct DrawnNet {
  Plan plan;
  PlantedNet net;
};
DrawnNet first_network(Rng& rng, const std::function<Plan()>& draw_plan);

std::int64_t planned_parameters(const Plan& plan);  // N

// N - rank J by theory, from planted sizes and ranks alone.
// For one hidden layer, under the condition of docs/theory.md §3 and if each live block fires on samples that span the
// inputs:
std::int64_t planned_one_hidden(const Plan& plan);
// For plans of always-on and dead neurons only. Dense layer l changes the product W_{L-1} … W_0 by maps that vanish on
// ker W_{l-1} … W_0 and end in the range of W_{L-1} … W_{l+1}. With ranks kappa_l, which fall with l, and rho_l, which
// rise, all layers together reach sum_l kappa_l (rho_l - rho_{l-1}) dimensions of maps, and the last bias all
// constants. Bound (*) is exact here: the maps that two neighbours share are the moves of the always-on block between
// them.
std::int64_t planned_linear(const Plan& plan);

}  // namespace basin::nn
