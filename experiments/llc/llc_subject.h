// What an estimate of a learning coefficient is of: a network, its loss, and the rows that count.
#pragma once
#include "experiments/cli/options.h"
#include "interp/llc/local_posterior.h"

namespace basin::experiments {

struct LlcSubject {
  interp::LocalPosterior posterior{};  // nβ and γ are still to be set
  std::int64_t samples = 0;            // n; 0 for a function without data
  std::string what{}, data{}, loss{};  // a file, a data set, "cross-entropy, the mean over rows"
};

// Those of add_network_options, and epoch, loss, restrict, labels.
void add_subject_options(Options& options);

// UsageError for options that do not go together; DataError for what does not fit; errors of load_network and
// run_history.
LlcSubject llc_subject(const Options& options);

}  // namespace basin::experiments
