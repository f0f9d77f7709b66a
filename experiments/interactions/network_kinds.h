// The kinds of networks that load_network knows (network_options.h), each with its node layers and without data.
#pragma once
#include <filesystem>

#include "experiments/cli/options.h"
#include "experiments/interactions/trained_network.h"
#include "experiments/shared/transformer_run.h"

namespace basin::experiments {

// Node layers are the inputs of all dense layers, by the names of these, and output.
TrainedNetwork dense_network_from(const std::string& path, const Options& options);

// Node layers are the values [rows, d] and [rows, positions, d] with a hook's name, and logits; by default
// hook_resid_pre and hook_resid_mid of each block, hook_resid_post of the last, and logits.
TrainedNetwork transformer_network_from(const std::string& path, const Options& options);

// A run of train_transformer or modular_addition as it was asked for; the network's file within it. DataError where the
// data have changed since, or the network is not there; UsageError for a seed that modular_addition has not trained.
struct TrainedRun {
  nn::Split data{};
  std::int64_t modulus = 0;  // p; 0: no arithmetic
  std::string network{};
};
TrainedRun trained_run(const std::filesystem::path& run, const std::string& experiment, const Options& options);

}  // namespace basin::experiments
