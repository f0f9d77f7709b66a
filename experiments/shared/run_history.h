// A run of any kind as one network that moved: its model with its loss, what it learned from, and the checkpoints that
// it left on the way.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interp/sweep/sweep.h"
#include "nn/training_folder.h"

namespace basin::experiments {

struct RunHistory {
  Model model{};                              // with a loss for each row
  Inputs data{};                              // of its training rows, by the model's names
  Tensor<double> labels{};                    // of the rows, where there is one each; else no numbers
  std::vector<nn::Checkpoint> checkpoints{};  // ascending
  std::string newest{};                       // the file with the network of the most steps
  std::filesystem::path folder{};             // that these and metrics.jsonl are in
  std::string experiment{}, data_name{};

  std::int64_t samples() const { return rows_of(data, "run"); }
  interp::ModelPoint at(const std::string& file) const;  // DataError if its parameters are others
};

// Of train_mlp, reproduce, train_transformer, modular_addition and train_superposition. `network` is the seed where a
// run has several; -1: the first that grokked, or else the first. DataError where the folder is no such run or the data
// have changed since; UsageError for a network that it has not.
RunHistory run_history(const std::filesystem::path& run, std::int64_t network = -1);

// The file of the checkpoint of an epoch; -1: of the newest. UsageError with the epochs that there are.
std::string checkpoint_at(const RunHistory& history, std::int64_t epoch);

}  // namespace basin::experiments
