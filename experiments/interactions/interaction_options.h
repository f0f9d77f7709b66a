// Which interactions of a network are looked at, in which basis: options that several executables share.
#pragma once
#include "experiments/interactions/network_options.h"
#include "interp/edges/edges.h"

namespace basin::experiments {

// layers, basis, sources, gram-inputs, edges, rule, no-center, truncation, rotate-last, precision, by-engine.
void add_interaction_options(Options& options);

struct Interactions {
  interp::FoldedModel model;
  interp::BasisOptions basis;
  interp::EdgeOptions edge;
  std::vector<interp::Basis> bases{};
  std::vector<Matrix> E{};  // by section
};

std::string_view title_of(interp::BasisKind kind);  // "local interaction basis", in words

// What the options ask for, before anything is computed. UsageError for node layers that are not there, rules that do
// not fit the sections, and values that are none.
Interactions chosen_interactions(const TrainedNetwork& network, const Options& options);

// Fills in bases and edges over the training rows. With progress, unless --quiet.
void find_interactions(Interactions& interactions, const TrainedNetwork& network, const Options& options);

}  // namespace basin::experiments
