// Options of training that would be ignored beside the others given, refused before any work: UsageErrors of
// Options::require_unused. A run that is resumed has its own config, and options are held against that (same_run.h).
#pragma once
#include <cstdint>

#include "experiments/cli/options.h"

namespace basin::experiments {

// --momentum with adam, --modulus on digits, …: of add_training_options.
void refuse_unused_in_training(const Options& options);

// --d-mlp with --attention-only, --heads without blocks, …: of sequence_options.
void refuse_unused_in_transformer(const Options& options);

// A --warm-up longer than a run of so many steps, and --schedule where the warm-up leaves nothing to it. Where the
// default warm-up is too long a note says so on stderr, unless --quiet.
void check_warm_up(const Options& options, std::int64_t steps);

}  // namespace basin::experiments
