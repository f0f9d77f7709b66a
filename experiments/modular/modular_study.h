// Transformers that learn arithmetic modulo p until they grok: training, and what is looked at in one of them. The
// set-up and the looks are those of Nanda et al., "Progress measures for grokking via mechanistic interpretability"
// (2023, arXiv 2301.05217).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/shared/transformer_run.h"

namespace basin::experiments {

// modulus, operation, train-fraction, seeds, and those of add_transformer_options.
void add_modular_options(Options& options);

// All p² pairs with their answers.
nn::Dataset modular_pairs(const Options& options);

// One for each of --seeds, which draws its start; all learn the same rows, those of --seed. One block without layer
// norm, with biases; vocabulary 0 … p - 1 and "="; loss at "=". Metrics get fourier_share (interp/look/fourier.h) of
// the embedding of 0 … p - 1. UsageError where no seed is given, or one twice, and errors of the data set.
std::vector<TokenTraining> modular_trainings(const Options& options);

// Folder of a network in the run: networks/seed-N.
std::filesystem::path network_folder(const std::filesystem::path& run, const TokenTraining& training);

inline constexpr double grokking_level = 0.99;  // of an accuracy

// Epochs with metrics: the first at which accuracy on training rows is at grokking_level, and the first from which on
// accuracy on test rows is, to the end.
std::optional<std::int64_t> memorised_at(const std::vector<nn::MetricsLine>& curve);
std::optional<std::int64_t> grokked_at(const std::vector<nn::MetricsLine>& curve);

struct ModularNetwork {
  std::uint64_t seed = 0;
  std::int64_t parameters = 0;
  std::vector<nn::MetricsLine> curve{};
  std::optional<std::int64_t> memorised{}, grokked{};

  double last(const char* name) const { return curve.back().number(name); }
};
ModularNetwork read_modular_network(const std::filesystem::path& run, const TokenTraining& training);

// Of one trained network, over all p² pairs.
struct ModularLook {
  std::vector<double> embedding{};          // share of the power of W_E over 0 … p - 1 by frequency, without the mean
  std::int64_t frequency = 0;               // the strongest of them
  Matrix circle{};                          // numbers in its plane, in the order in which they lie on a circle [p, 2]
  double radius = 0, radius_deviation = 0;  // of the numbers in that plane
  Matrix attention{};                       // from "=", mean over the pairs [head, position]
  std::int64_t head = 0;                    // whose attention to a varies most over the pairs
  Matrix head_to_a{};                       // that attention [a, b]
  Matrix neurons{};                         // frequency_shares, neurons of one strongest frequency side by side
  std::vector<std::int64_t> strongest{};  // frequency of each neuron in that order; 0: it mixes several, or is constant
};
ModularLook look_at(const std::filesystem::path& network, const Options& options);

struct ModularFindings {
  std::string task{};  // "a + b mod 59"
  std::int64_t modulus = 0, train_rows = 0, test_rows = 0;
  std::vector<ModularNetwork> networks{};
  std::size_t shown = 0;  // the network looked at: the first that grokked, or else the first
  ModularLook look{};

  const ModularNetwork& network() const { return networks[shown]; }
};

// What the page shows (report.md).
report::Json modular_results(const ModularFindings& findings);
std::vector<report::NamedFigure> modular_figures(const ModularFindings& findings);

}  // namespace basin::experiments
