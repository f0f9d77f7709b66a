// Training in a folder that fills as it goes and from which it goes on:
//   metrics.jsonl                          one line an epoch, or every so many epochs
//   checkpoints/epoch-NNNN.safetensors     the network at the start, at chosen epochs and at the end
//   checkpoints/last.safetensors           the state to resume from: every so many seconds, at the end, at an interrupt
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
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
  std::int64_t checkpoint_every = 10;       // epochs, 1 or more
  std::int64_t checkpoints_per_decade = 0;  // instead, if not 0: epochs evenly spaced in their logarithm
  std::int64_t metrics_every = 1;           // epochs, 1 or more; the last epoch's are written too
  bool resume = false;                      // goes on from the last state, if there is one
  std::chrono::duration<double> between_saves = std::chrono::seconds(10);
  std::function<void(std::int64_t steps, double loss)> progress{};  // after each step
};

// What is measured of a network between two epochs, under the names that metrics.jsonl gives it.
using Measured = std::vector<std::pair<std::string, double>>;
template <class T>
using Measure = std::function<Measured(const Trainer<T>& trainer)>;

// Equal trainings leave equal files when they end, whatever the clock said. A crash loses the time since the last save:
// who resumes cuts metrics and checkpoints back to the state and makes them again. Interrupted, after saving, on SIGINT
// and SIGTERM; errors of Trainer. Returns how many epochs are behind the network.
template <class T>
std::int64_t train_measured(const std::filesystem::path& folder, const Model& model, const TrainSpec& spec,
                            const Inputs& train, const Measure<T>& measure, const FolderSpec& how);

// The same for models of "x" and "t", with loss and accuracy on the test rows as test_loss and test_accuracy. Returns
// the last epoch's metrics; the training loss is NaN if there was no epoch.
template <class T>
RunMetrics train_in(const std::filesystem::path& folder, const Model& model, const TrainSpec& spec, const Split& data,
                    const FolderSpec& how);

// Networks that differ in their seed, network i from seeds[i] in folders[i], as train_in trains one: side by side where
// that pays (nn/train_seeds.h), some at a time on each of `threads` threads. Their files depend neither on the threads
// nor on which others are trained. With `resume` each goes on from its own state, however far that is. `progress` hears
// the steps of all, one call at a time, and the mean loss of those that have just made one. Returns the last metrics by
// network.
template <class T>
std::vector<RunMetrics> train_seeds_in(const std::vector<std::filesystem::path>& folders,
                                       const std::vector<std::uint64_t>& seeds, const Model& model,
                                       const TrainSpec& spec, const Split& data, const FolderSpec& how, int threads);

// Whether an epoch belongs to `per_decade` epochs for each factor of 10, evenly spaced in their logarithm and rounded:
// floor(10^(k / per_decade) + 1/2), k = 0, 1, …
bool is_log_spaced(std::int64_t epoch, std::int64_t per_decade);

// last.safetensors of a folder.
std::string last_state(const std::filesystem::path& folder);

// The kept checkpoints, by epoch; or none.
std::vector<Checkpoint> kept_checkpoints(const std::filesystem::path& folder);
// The same; DataError if there are none.
std::vector<Checkpoint> checkpoints_of(const std::filesystem::path& folder);

// The file with the network of the most steps: the last kept checkpoint, or last.safetensors if it has gone further, as
// after an interrupt. DataError if there is neither.
std::string newest_network(const std::filesystem::path& folder);

// metrics.jsonl, one entry a line: its numbers by name, or what train_in writes. DataError if it is missing, damaged or
// empty.
struct MetricsLine : std::map<std::string, double, std::less<>> {
  double number(std::string_view name) const;       // NaN if there is none
  std::int64_t whole(std::string_view name) const;  // DataError if it is none
};
std::vector<MetricsLine> read_metrics_lines(const std::filesystem::path& folder);
std::vector<RunMetrics> read_metrics(const std::filesystem::path& folder);

}  // namespace basin::nn
