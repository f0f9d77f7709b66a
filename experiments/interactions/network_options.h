// Which trained network is looked at, and on which rows: options that several executables share.
#pragma once
#include "core/tensor.h"
#include "experiments/cli/options.h"
#include "interp/edges/score.h"
#include "interp/layers/relu_net.h"

namespace basin::experiments {

struct Rows {
  Matrix x;                  // [n, inputs]
  Tensor<double> targets{};  // labels [n], targets [n, outputs], or no numbers
};

struct TrainedNetwork {
  interp::DenseNetwork network;
  std::vector<std::string> layers;  // names of the dense layers, as the file has them
  Rows train, test;                 // test: no rows where there are none
  bool classes = false;             // targets are labels
  std::string what, data;           // for pages: a file, a data set
};

// run, weights, data, data-dir, inputs, targets, activation, order, layout, rows.
void add_network_options(Options& options);

// UsageError unless either a run, or weights with data or inputs, are named; DataError for what does not fit.
TrainedNetwork load_network(const Options& options);

// On labels or targets: accuracy (of labels), cross-entropy or mse by name; empty: by what the targets are. UsageError
// where there are none, or they do not fit the name.
interp::Scoring scoring_of(const TrainedNetwork& network, const Rows& rows, const std::string& name);

}  // namespace basin::experiments
