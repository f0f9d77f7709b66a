// Training in a folder that fills as it goes and from which it goes on:
//   metrics.jsonl                          one line an epoch
//   checkpoints/epoch-NNNN.safetensors     the network at the start, every so many epochs and at the end
//   checkpoints/last.safetensors           the state to resume from: every so many seconds, at the end, at an interrupt
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::nn {

// Of one epoch: a line of metrics.jsonl.
struct RunMetrics : EpochMetrics {
  Evaluation test{};
};

struct Checkpoint {
  std::int64_t epoch;
  std::string path;
};

struct FolderSpec {
  std::int64_t checkpoint_every = 10;  // epochs, 1 or more
  bool resume = false;                 // goes on from the last state, if there is one
  std::chrono::duration<double> between_saves = std::chrono::seconds(10);
  std::function<void(std::int64_t steps, double loss)> progress{};  // after each step
};

// Equal trainings leave equal files when they end, whatever the clock said. A crash loses the time since the last save:
// who resumes cuts metrics and checkpoints back to the state and makes them again. Interrupted, after saving, on SIGINT
// and SIGTERM; errors of Trainer. Returns the last epoch's metrics; the training loss is NaN if there was no epoch.
template <class T>
RunMetrics train_in(const std::filesystem::path& folder, const Model& model, const TrainSpec& spec, const Split& data,
                    const FolderSpec& how);

// last.safetensors of a folder.
std::string last_state(const std::filesystem::path& folder);

// The kept checkpoints, by epoch; DataError if there are none.
std::vector<Checkpoint> checkpoints_of(const std::filesystem::path& folder);

// The file with the network of the most steps: the last kept checkpoint, or last.safetensors if it has gone further, as
// after an interrupt. DataError if there is neither.
std::string newest_network(const std::filesystem::path& folder);

// metrics.jsonl, one entry an epoch. DataError if it is missing or damaged.
std::vector<RunMetrics> read_metrics(const std::filesystem::path& folder);

}  // namespace basin::nn
