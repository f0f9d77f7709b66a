// Networks whose interactions are compared in several bases (docs/theory.md §5.6), and what such a comparison says.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "interp/edges/basis_sparsity.h"
#include "interp/layers/relu_net.h"
#include "nn/data/dataset.h"

namespace basin::experiments {

struct TrainedNetsSpec {
  std::vector<std::int64_t> hidden{}, epochs{};  // hidden widths; when to look, ascending, the last ends training
  double weight_decay = 0;                       // decoupled (AdamW)
  double rate = 3e-3;
  std::uint64_t seed = 0;
};
// One network at each of these epochs.
std::vector<interp::ReluNet> trained_nets(const nn::Dataset& data, const TrainedNetsSpec& spec);

// The bases that are compared: neuron, pca, ib, lib; centred but for neuron, truncated at 1e-10 of the largest.
inline constexpr interp::BasisKind compared_bases[]{interp::BasisKind::neuron, interp::BasisKind::pca,
                                                    interp::BasisKind::ib, interp::BasisKind::lib};
interp::BasisOptions basis_options(interp::BasisKind kind, const interp::SweepOptions& sweep = {});

// Labels as cross-entropy has them, or targets for the mean squared error.
interp::Scoring scoring_of(const nn::Dataset& data);

// A positive number of each network in two bases, network by network: the mean of log second - log first.
struct LogDifference : Estimate {
  LogDifference(const std::vector<double>& first, const std::vector<double>& second);

  double ratio() const;        // e^mean: how many times as much as in the first basis
  double effect_size() const;  // the mean over the deviation of differences
  // "holds": the second is smaller, the 95 % interval below 0; "does not hold": it is above; else "undecided".
  std::string verdict() const;
  std::string text() const;  // "-0.41 [-0.62, -0.20], effect size -3.1: holds"
};

}  // namespace basin::experiments
