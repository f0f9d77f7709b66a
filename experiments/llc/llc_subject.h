// What an estimate of a learning coefficient is of: a network, its loss, and the rows that count.
#pragma once
#include "experiments/cli/options.h"
#include "experiments/shared/run_history.h"
#include "interp/llc/local_posterior.h"

namespace basin::experiments {

struct LlcSubject {
  interp::LocalPosterior posterior{};  // nβ and γ are still to be set
  Tensor<double> labels{};             // of the rows, where they have one each; else no numbers
  std::int64_t samples = 0;            // n; 0 for a function without data
  std::string what{}, data{}, loss{};  // a file, a data set, "cross-entropy, the mean over rows"
};

// Those of add_subject_network_options (experiments/shared/network_subject.h) and add_part_options.
void add_subject_options(Options& options);

// Of a checkpoint of a run, by the options loss, restrict, labels and rows alone, which add_part_options declares.
void add_part_options(Options& options, const std::string& loss);
LlcSubject subject_at(const Options& options, const RunHistory& history, const std::string& file);

// UsageError for options that do not go together; DataError for what does not fit; errors of load_network and
// run_history.
LlcSubject llc_subject(const Options& options);

}  // namespace basin::experiments
