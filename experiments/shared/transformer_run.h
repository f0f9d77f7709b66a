// Training transformers on tokens as an experiment: the options that modular_addition and train_transformer share, and
// the folder that a network leaves.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"
#include "nn/data/dataset.h"
#include "nn/training_folder.h"
#include "nn/transformer.h"

namespace basin::experiments {

struct TransformerDefaults {
  std::int64_t d_model = 128, heads = 4, d_head = 32, d_mlp = 512, epochs = 10000, batch = 0;
  double weight_decay = 1;
};

// d-model, heads, d-head, d-mlp; epochs, batch, micro-batch, lr, weight-decay, beta1, beta2, warm-up, schedule,
// log-every, checkpoints-per-decade. AdamW as Nanda et al. (2023, arXiv 2301.05217) trained modular addition.
void add_transformer_options(Options& options, const TransformerDefaults& defaults);

// The four sizes, in a spec whose other fields the caller sets.
nn::TransformerSpec with_sizes(nn::TransformerSpec spec, const Options& options);

// One network and what it learns from: rows of tokens x, and y as the model's "t". `measure` may add to the metrics.
struct TokenTraining {
  nn::TransformerSpec network{};
  nn::TrainSpec train{};
  nn::Split data{};
  std::function<nn::Measured(const Parameters<double>& parameters)> measure{};
};

// --batch 0 is all rows at once. Of --threads, which share a step's micro-batches: all for one network, and where there
// are fewer networks than threads and a batch has a part for each thread; else 1, and networks are trained side by
// side.
nn::TrainSpec transformer_train_spec(const Options& options, const nn::Split& data, std::int64_t networks = 1);

// "tokens" and "t".
Inputs token_inputs(const nn::Dataset& data);

// With --resume: DataError when the run there began with other data or with another value of one of the options of
// add_transformer_options, epochs apart (under a cosine schedule they count too), or of `more`.
void check_transformer_resumable(const Options& options, const RunFacts& facts, const std::vector<const char*>& more);

// nn::train_measured in the folder, from its last state if `resume`; --dtype decides the precision. Metrics besides
// train_loss, which is that of the rows as they were met: train_accuracy, test_loss, test_accuracy (means over all
// rows) and weight_norm (the length of θ), then what `measure` adds. Ends with network.safetensors, which
// nn::import_transformer reads as it reads the checkpoints.
void train_tokens(const TokenTraining& training, const Options& options, const std::filesystem::path& folder,
                  bool resume, const std::function<void(std::int64_t steps, double loss)>& progress);

// What an epoch costs, metrics included: from a few epochs that are thrown away.
double seconds_per_epoch(const TokenTraining& training, const Options& options);

}  // namespace basin::experiments
