// Training as an experiment: its options, and a run directory that fills while it trains.
#pragma once
#include <chrono>
#include <functional>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"
#include "experiments/shared/runs.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::experiments {

// A network and how it is trained.
struct TrainingSpec : nn::TrainSpec {
  nn::MlpSpec mlp{};
};

// data, data-dir, widths, activation, optimizer, …: everything that a TrainingSpec and a data set are made of.
void add_training_options(Options& options);

// rows, spectrum-rows, …: what reproduce measures when it has trained.
void add_measuring_options(Options& options);

nn::Split load_training_data(const Options& options);
TrainingSpec train_spec(const Options& options, const nn::Split& data);
RunFacts run_facts(const nn::Split& data);

// With --resume: DataError when the run there began with other data, another network or another optimizer, so that a
// refused resume leaves the run as it was. To be called before the run directory is opened.
void check_resumable(const Options& options, const nn::Split& data);

// Trains into the run directory, or goes on from its last checkpoint if the run is resumed:
//   metrics.jsonl                          one line an epoch
//   checkpoints/epoch-NNNN.safetensors     the network at the start, every `checkpoint-every` epochs and at the end
//   checkpoints/last.safetensors           the state to resume from: every so many seconds, at the end, at an interrupt
// Equal runs leave equal files when they end, whatever the clock said. A crash loses the time since the last save: a
// resumed run cuts metrics and checkpoints back to its state and makes them again.
// Interrupted (after saving) on SIGINT and SIGTERM. --dtype decides the precision. Returns the last
// epoch's metrics; the training loss is NaN if there was no epoch.
RunMetrics run_training(const Options& options, const nn::Split& data, RunDirectory& run,
                        std::chrono::duration<double> between_saves = std::chrono::seconds(10));

}  // namespace basin::experiments
