#include "experiments/llc/llc_subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "experiments/interactions/network_options.h"

namespace basin::experiments {
namespace {

LlcSubject loaded_at(const RunHistory& history, const std::string& file) {
  LlcSubject subject{
      .labels = history.labels, .what = file, .data = history.data_name, .loss = "the loss it was trained on"};
  subject.posterior.model = history.at(file);
  subject.posterior.data = history.data;
  return subject;
}

LlcSubject from_run(const Options& o) {
  if (!o.text("weights").empty() || !o.text("inputs").empty() || !o.text("data").empty())
    throw UsageError("give either --run FOLDER, or --weights FILE and one of --data NAME and --inputs FILE");
  o.require_unused({"order", "layout", "targets", "activation", "layer-norm", "two-way", "parallel-attention",
                    "last-position", "task", "separator", "header"},
                   "it is for --weights; a run knows its network and its data");
  const RunHistory history = run_history(o.text("run"), o.integer("network"));
  return loaded_at(history, checkpoint_at(history, o.integer("epoch")));
}

// With the loss that scores take: cross-entropy of labels, the mean of squares of targets.
LlcSubject from_weights(const Options& o) {
  o.require_unused({"epoch"}, "it is for --run");
  const TrainedNetwork network = load_network(o);
  LlcSubject subject{.what = network.what, .data = network.data};
  interp::LocalPosterior& posterior = subject.posterior;
  posterior.model = network.model;
  posterior.data = network.inputs(network.train);
  const Tensor<double>& t = network.train.targets;
  if (o.text("loss") == "behavioural") {
    if (network.classes) subject.labels = t;
    return subject;
  }
  if (t.size() == 0)
    throw UsageError("--loss task needs labels or targets; help: name them with --targets, or give --loss behavioural");
  if (network.every_position)
    throw UsageError(
        "this network has an output at every position, and --targets one for each row; help: "
        "--last-position, or --loss behavioural");
  const bool classes = network.classes;
  if (classes) subject.labels = t;
  subject.loss = classes ? "cross-entropy" : "mean of squared errors over outputs";
  posterior.data["task/t"] = t;
  posterior.model.trace = [trace = network.model.trace, shape = t.shape, classes](Graph& graph, std::int64_t rows) {
    const Var output = trace(graph, rows).output;
    Shape own = shape;
    own[0] = rows;
    const Var target = graph.input("task/t", own);
    return Ends{output, graph.name(classes ? cross_entropy(output, target) : mse(output, target), "task/loss")};
  };
  return subject;
}

void keep_rows(LlcSubject& subject, const std::vector<std::int64_t>& rows) {
  subject.posterior.data = take_rows(subject.posterior.data, rows);
  if (subject.labels.size() > 0) subject.labels = take_rows({{"labels", subject.labels}}, rows).at("labels");
}

void keep_labels(LlcSubject& subject, const std::vector<std::int64_t>& wanted) {
  if (subject.labels.size() == 0)
    throw UsageError("--labels given, and these data have no label for each row; help: leave it out");
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < subject.labels.size(); ++i)
    if (std::ranges::count(wanted, std::llround(subject.labels[i]))) rows.push_back(i);
  if (rows.empty()) throw UsageError(fmt::format("--labels {}: no row has one of these", fmt::join(wanted, ",")));
  keep_rows(subject, rows);
  subject.data += fmt::format(", labels {}", fmt::join(wanted, ", "));
}

// Evenly spaced: rows are often in the order of their classes.
void keep_some(LlcSubject& subject, std::int64_t most) {
  const std::int64_t n = rows_of(subject.posterior.data, "llc");
  if (n <= most) return;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < most; ++i) rows.push_back(i * n / most);
  keep_rows(subject, rows);
}

LlcSubject finished(LlcSubject subject, const Options& o) {
  if (!o.integers("labels").empty()) keep_labels(subject, o.integers("labels"));
  keep_some(subject, o.integer("rows"));
  subject.samples = rows_of(subject.posterior.data, "llc");
  subject.posterior.free = o.words("restrict");
  if (o.text("loss") == "behavioural") {
    subject.posterior = interp::behavioural(std::move(subject.posterior));
    subject.loss = "squared distance of the outputs to those at w*, summed over outputs";
  }
  subject.loss += ", the mean over rows";
  interp::LocalPosterior at_one = subject.posterior;
  at_one.n_beta = 1;
  at_one.validate();
  return subject;
}

}  // namespace

Inputs take_rows(const Inputs& data, const std::vector<std::int64_t>& rows) {
  Inputs taken;
  for (const auto& [name, all] : data) {
    Tensor<double>& some = taken[name] = Tensor<double>(all.shape);
    const std::int64_t length = all.size() / all.shape[0];
    some.shape[0] = std::int64_t(rows.size());
    some.data.clear();
    for (const std::int64_t row : rows)
      some.data.insert(some.data.end(), all.data.begin() + row * length, all.data.begin() + (row + 1) * length);
  }
  return taken;
}

void add_part_options(Options& o, const std::string& loss) {
  o.add_choice("loss", loss, {"task", "behavioural"},
               "what it was trained on, or the squared distance of outputs to those at w*, whose minimum w* always is");
  o.add_words("restrict", "", "names of the parameters that move, with * and ?, such as layers.0.*; empty: all");
  o.add_ints("labels", "", "only rows with one of these labels; empty: all rows", 0);
}

void add_subject_options(Options& o) {
  add_network_options(o);
  o.add_int("epoch", -1, "of --run: the checkpoint of this epoch; -1: the last", -1);
  add_part_options(o, "task");
}

LlcSubject llc_subject(const Options& o) { return finished(o.text("run").empty() ? from_weights(o) : from_run(o), o); }

LlcSubject subject_at(const Options& o, const RunHistory& history, const std::string& file) {
  return finished(loaded_at(history, file), o);
}

}  // namespace basin::experiments
