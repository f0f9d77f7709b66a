// Networks that `degeneracy` counts as traced models: transformers, and what runs of tokens and features trained.
#pragma once
#include "core/safetensors.h"
#include "experiments/cli/options.h"
#include "interp/sweep/sweep.h"

namespace basin::experiments {

struct TracedNetwork {
  interp::ModelPoint model{};
  Inputs data{};  // by the model's names, of --rows rows, evenly spaced
  std::string what{};
};

// layer-norm, two-way, parallel-attention, last-position: what files of transformers do not say.
void add_transformer_file_options(Options& options);

// Whether --run is of a network that is counted as a traced model; else it is one of dense layers. Errors of
// experiment_of (shared/same_run.h).
bool is_traced_run(const std::string& run);

// The checkpoint of --epoch, or the last, of --network. Errors of run_history; UsageError for options of --weights.
TracedNetwork traced_run(const Options& options);

// Whether the tensors are a whole transformer, not one attention layer alone.
bool is_transformer(const SafeTensors& file);

// --weights, on the tokens of --inputs, .npy [sequences, positions]. Errors of nn::import_transformer; DataError for
// tokens that do not fit; UsageError for options of dense layers.
TracedNetwork traced_file(const Options& options);

}  // namespace basin::experiments
