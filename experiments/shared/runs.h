// What earlier runs of train_mlp and reproduce left behind.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interp/layers/relu_net.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::experiments {

// Of one epoch: a line of metrics.jsonl.
struct RunMetrics : nn::EpochMetrics {
  nn::Evaluation test{};
};

struct Checkpoint {
  std::int64_t epoch;
  std::string path;
};

// checkpoints/epoch-NNNN.safetensors of a run, by epoch.
std::vector<Checkpoint> checkpoints_in(const std::filesystem::path& run);
// The same; DataError if there are none.
std::vector<Checkpoint> checkpoints_of(const std::filesystem::path& run);

// DataError when the run's manifest.json names other data than these: a file may have changed since.
void expect_same_data(const std::filesystem::path& run, const nn::Split& data);

// The data set of a run, loaded again by the run's own config.toml. DataError if the folder is no run of train_mlp
// or the data have changed.
nn::Split data_of(const std::filesystem::path& run);

// metrics.jsonl of a run, one entry an epoch. DataError if it is missing or damaged.
std::vector<RunMetrics> read_metrics(const std::filesystem::path& run);

// A data set's inputs as the analyses take them, [n, d]; only the first `rows` if there are more.
Matrix analysis_inputs(const nn::Dataset& data, std::int64_t rows);

}  // namespace basin::experiments
