// Which trained network is looked at, and on which rows: options that several executables share.
#pragma once
#include "experiments/cli/options.h"
#include "experiments/interactions/trained_network.h"

namespace basin::experiments {

// run, network, weights, data, data-dir, those of shared/table_options.h, inputs, targets, rows; of dense networks
// order and layout; of transformers layer-norm, two-way, parallel-attention, last-position; of both activation.
void add_network_options(Options& options);

// test-inputs, test-targets: for who takes scores on rows of their own.
void add_test_options(Options& options);

// A run of train_mlp, reproduce, train_transformer or modular_addition, or a file of weights: a transformer if
// nn::holds_transformer, else a dense network. UsageError unless either a run, or weights with data or inputs, are
// named, and for options that have no effect on this network; DataError for what does not fit.
TrainedNetwork load_network(const Options& options);

}  // namespace basin::experiments
