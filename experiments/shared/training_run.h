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

// seeds: several networks of one training, which differ in start and order of rows; --seed keeps deciding the data.
void add_seeds_option(Options& options);
std::vector<std::uint64_t> seeds_of(const Options& options);  // none: one network, of --seed
std::filesystem::path seed_folder(std::uint64_t seed);        // in the run: networks/seed-N

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

// The same for --seeds: nn::train_seeds_in their folders, on --threads threads.
std::vector<nn::RunMetrics> run_training_of_seeds(const Options& options, const nn::Split& data, RunDirectory& run);

// The data set of a run, or of a network in its folder networks/seed-N, loaded again by the run's own config.toml.
// DataError if the folder is no run of train_mlp or the data have changed.
nn::Split data_of(const std::filesystem::path& run);

}  // namespace basin::experiments
