// A trained network with its data and a loss, for executables that take one of a run or of files.
#pragma once
#include <string>

#include "experiments/cli/options.h"
#include "experiments/shared/run_history.h"

namespace basin::experiments {

struct NetworkSubject {
  interp::ModelPoint model{};
  Inputs data{};
  Tensor<double> labels{};                       // of the rows, where they have one each; else no numbers
  std::string what{}, data_name{}, loss_name{};  // a file, a data set, "cross-entropy"; no loss: empty
};

// Those of add_network_options, and epoch.
void add_subject_network_options(Options& options);

// Whether a network of --weights is given the loss of its --targets: cross-entropy of labels, the mean of squares of
// targets. A network of a run has the loss that it was trained on.
enum class TaskLoss { needed, if_there, none };

// UsageError for options that do not go together, and for a loss that is needed without targets or labels; DataError
// for what does not fit; errors of load_network and run_history.
NetworkSubject network_subject(const Options& options, TaskLoss loss);

// A checkpoint of a run.
NetworkSubject network_at(const RunHistory& history, const std::string& file);

// Rows of the subject's data and labels alone.
void keep_rows(NetworkSubject& subject, const std::vector<std::int64_t>& rows);

}  // namespace basin::experiments
