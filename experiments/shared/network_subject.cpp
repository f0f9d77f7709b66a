#include "experiments/shared/network_subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "experiments/interactions/network_options.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

NetworkSubject from_run(const Options& o) {
  if (!o.text("weights").empty() || !o.text("inputs").empty() || !o.text("data").empty())
    throw UsageError("give either --run FOLDER, or --weights FILE and one of --data NAME and --inputs FILE");
  o.require_unused({"order", "layout", "targets", "activation", "layer-norm", "two-way", "parallel-attention",
                    "last-position", "task", "separator", "header"},
                   "it is for --weights; a run knows its network and its data");
  const RunHistory history = run_history(o.text("run"), o.integer("network"));
  return network_at(history, checkpoint_at(history, o.integer("epoch")));
}

// Gives the network the loss of its targets, "t", as models have it that are trained here.
void add_task_loss(NetworkSubject& subject, const Tensor<double>& targets, bool classes) {
  subject.loss_name = classes ? "cross-entropy" : "mean of squared errors over outputs";
  subject.data["t"] = targets;
  subject.model.trace = [trace = subject.model.trace, shape = targets.shape, classes](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    if (graph.has("t")) return ends;
    Shape own = shape;
    own[0] = rows;
    const Var target = graph.input("t", own);
    return Ends{ends.output,
                graph.name(classes ? cross_entropy(ends.output, target) : mse(ends.output, target), "loss")};
  };
}

NetworkSubject from_weights(const Options& o, TaskLoss loss) {
  o.require_unused({"epoch"}, "it is for --run");
  const TrainedNetwork network = load_network(o);
  NetworkSubject subject{.model = network.model,
                         .data = network.inputs(network.train),
                         .labels = {},
                         .what = network.what,
                         .data_name = network.data};
  const Tensor<double>& t = network.train.targets;
  if (network.classes) subject.labels = t;
  if (loss == TaskLoss::none || (loss == TaskLoss::if_there && t.size() == 0)) return subject;
  if (t.size() == 0)
    throw UsageError("--loss task needs labels or targets; help: name them with --targets, or give --loss behavioural");
  if (network.every_position)
    throw UsageError(
        "this network has an output at every position, and --targets one for each row; help: "
        "--last-position" +
        std::string(loss == TaskLoss::needed ? ", or --loss behavioural" : ", or leave --targets out"));
  add_task_loss(subject, t, network.classes);
  return subject;
}

}  // namespace

void add_subject_network_options(Options& o) {
  add_network_options(o);
  o.add_int("epoch", -1, "of --run: the checkpoint of this epoch; -1: the last", -1);
}

NetworkSubject network_at(const RunHistory& history, const std::string& file) {
  return {.model = history.at(file),
          .data = history.data,
          .labels = history.labels,
          .what = file,
          .data_name = history.data_name,
          .loss_name = "the loss it was trained on"};
}

NetworkSubject network_subject(const Options& o, TaskLoss loss) {
  return o.text("run").empty() ? from_weights(o, loss) : from_run(o);
}

void keep_rows(NetworkSubject& subject, const std::vector<std::int64_t>& rows) {
  subject.data = interp::rows_at(subject.data, rows);
  if (subject.labels.size() > 0) subject.labels = interp::rows_at({{"labels", subject.labels}}, rows).at("labels");
}

}  // namespace basin::experiments
