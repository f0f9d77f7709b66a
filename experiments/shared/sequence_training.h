// What train_transformer is asked: also by who looks into its runs.
#pragma once
#include "experiments/shared/transformer_run.h"

namespace basin::experiments {

Options sequence_options();

// The network and the sequences that these options name. UsageError for what does not go together; errors of
// read_tokens.
TokenTraining sequence_training(const Options& options);

}  // namespace basin::experiments
