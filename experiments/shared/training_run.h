// Training as an experiment: its options, and the run directory that train_mlp and reproduce leave behind.
#pragma once
#include <chrono>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"
#include "nn/data/registry.h"
#include "nn/training_folder.h"

namespace basin::experiments {

// A network and how it is trained.
struct TrainingSpec : nn::TrainSpec {
  nn::MlpSpec mlp{};
};

// data, data-dir, widths, activation, optimizer, …: everything that a TrainingSpec and a data set are made of.
void add_training_options(Options& options);

// rows, spectrum-rows, …: what reproduce measures when it has trained.
void add_measuring_options(Options& options);

// Of a table, what the options leave to its reader is settled in them, so that config.toml remembers it.
nn::Split load_training_data(Options& options);
TrainingSpec train_spec(const Options& options, const nn::Split& data);
RunFacts run_facts(const nn::Split& data);

// With --resume: DataError when the run there began with other data, another network or another optimizer, so that a
// refused resume leaves the run as it was. To be called before the run directory is opened.
void check_resumable(const Options& options, const nn::Split& data);

// nn::train_in the run directory; --dtype decides the precision.
nn::RunMetrics run_training(const Options& options, const nn::Split& data, RunDirectory& run,
                            std::chrono::duration<double> between_saves = std::chrono::seconds(10));

// The data set of a run, loaded again by the run's own config.toml. DataError if the folder is no run of train_mlp
// or the data have changed.
nn::Split data_of(const std::filesystem::path& run);

}  // namespace basin::experiments
