#include "experiments/interactions/network_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/npy.h"
#include "experiments/cli/command_name.h"
#include "experiments/interactions/network_kinds.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/table_options.h"
#include "experiments/shared/training_run.h"
#include "interp/layers/relu_net.h"
#include "nn/data/registry.h"
#include "nn/import.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

Tensor<double> first_rows(Tensor<double> all, std::int64_t n) {
  all.shape[0] = n;
  all.data.resize(std::size_t(all.shape.numel()));
  return all;
}

// Next tokens [n, n_ctx] become labels: what the last position is to say.
Tensor<double> labels_of(const Tensor<double>& y) {
  if (y.shape.rank() < 2) return y;
  Tensor<double> last({y.rows()});
  for (std::int64_t i = 0; i < y.rows(); ++i) last[i] = y(i, y.cols() - 1);
  return last;
}

Rows rows_of(const nn::Dataset& data, std::int64_t most, bool tokens) {
  const std::int64_t n = std::min(most, data.size());
  Tensor<double> y = first_rows(cast<double>(data.y), n);
  return {tokens ? first_rows(cast<double>(data.x), n) : nn::analysis_inputs(data, n), tokens ? labels_of(y) : y};
}

// [n] for one column, or, of dense networks, [n, outputs]; of the first `most` rows.
Tensor<double> read_targets(const std::string& path, std::int64_t most) {
  if (path.ends_with(".npy"))
    if (Tensor<double> y = read_npy(path); y.shape.rank() == 1) return first_rows(y, std::min(most, y.size()));
  Tensor<double> y = interp::read_samples(path, most);
  if (y.shape.rank() == 2 && y.cols() == 1) y.shape = {y.rows()};
  return y;
}

std::int64_t outputs_of(const TrainedNetwork& t) {
  Graph graph;
  return t.model.trace(graph, 1).output.shape().back();
}

Rows read_rows(TrainedNetwork& t, const std::string& inputs, const std::string& targets, std::int64_t most) {
  Rows rows{.x = interp::read_inputs(inputs, most)};
  require_rows(t, rows.x, inputs);
  if (targets.empty()) return rows;
  rows.targets = read_targets(targets, rows.size());
  const bool number = t.vocabulary == 0 && outputs_of(t) == 1;  // one output tells no classes apart
  if (number && rows.targets.shape.rank() == 1) rows.targets.shape = {rows.targets.size(), 1};
  const Shape& shape = rows.targets.shape;
  if (t.vocabulary > 0 && shape.rank() != 1)
    throw DataError(
        fmt::format("{}: shape {} given; wanted [{}], a label for each sequence", targets, shape.str(), rows.size()));
  if (shape[0] != rows.size())
    throw DataError(fmt::format("{}: {} rows given, wanted {}, as many as inputs", targets, shape[0], rows.size()));
  t.classes = shape.rank() == 1;
  return rows;
}

nn::Split data_named(const Options& o) {
  nn::DataOptions d;
  d.data_dir = o.text("data-dir");
  read_table_options(o, d);
  nn::Split data = nn::load_data(o.text("data"), d);
  say_reading(o, data.train);
  return data;
}

void add_rows(TrainedNetwork& t, const nn::Split& split, const Options& o) {
  const bool tokens = t.vocabulary > 0;
  t.train = rows_of(split.train, o.integer("rows"), tokens);
  t.test = rows_of(split.test, o.integer("rows"), tokens);
  t.classes = tokens || split.train.classes > 0;
  t.data = split.train.name;
  require_rows(t, t.train.x, t.data);
}

void check(const Options& o) {
  const bool run = !o.text("run").empty(), weights = !o.text("weights").empty();
  const bool data = !o.text("data").empty(), inputs = !o.text("inputs").empty();
  for (const char* option : {"task", "separator", "header"})
    if (o.as_given(option) != "auto" && !data) throw UsageError(fmt::format("--{} is for --data", option));
  if (run == weights || (run && (data || inputs)) || (weights && data == inputs))
    throw UsageError(fmt::format(
        "give either --run FOLDER, or --weights FILE and one of --data NAME and --inputs FILE; help: {} --help has "
        "examples",
        as_typed(o.program())));
  if (!inputs) o.require_unused({"targets", "test-inputs"}, "it is for --inputs; --data and --run have their own");
  if (!o.has("test-inputs") || o.text("test-inputs").empty())
    o.require_unused({"test-targets"}, "it is for --test-inputs");
  if (run) o.require_unused({"order", "layout"}, "it is for --weights; a run knows its layers");
  if (const std::string& name = o.text("data"); name != "mnist" && name != "fashion-mnist")
    o.require_unused({"data-dir"}, "it is the folder of --data mnist and fashion-mnist");
}

TrainedNetwork from_run(const Options& o, const std::string& experiment) {
  const std::filesystem::path run = o.text("run");
  if (experiment == "modular_addition" || experiment == "train_transformer") {
    const TrainedRun found = trained_run(run, experiment, o);
    TrainedNetwork t = transformer_network_from(found.network, o);
    t.modulus = found.modulus;
    add_rows(t, found.data, o);
    return t;
  }
  TrainedNetwork t = dense_network_from(nn::checkpoints_of(run).back().path, o);
  add_rows(t, data_of(run), o);
  return t;
}

TrainedNetwork from_weights(const Options& o) {
  const std::string &weights = o.text("weights"), &inputs = o.text("inputs");
  const bool transformer = nn::holds_transformer(weights);
  if (transformer && inputs.empty())
    throw UsageError(fmt::format("{} is a transformer: wanted --inputs FILE with tokens, given --data", weights));
  TrainedNetwork t = transformer ? transformer_network_from(weights, o) : dense_network_from(weights, o);
  if (inputs.empty()) {
    add_rows(t, data_named(o), o);
    return t;
  }
  t.data = inputs;
  if (o.has("test-inputs") && !o.text("test-inputs").empty())
    t.test = read_rows(t, o.text("test-inputs"), o.text("test-targets"), o.integer("rows"));
  t.train = read_rows(t, inputs, o.text("targets"), o.integer("rows"));
  return t;
}

}  // namespace

void add_network_options(Options& o) {
  o.add_string("run", "", "folder of a run of train_mlp, train_transformer or modular_addition: its network, its data");
  o.add_int("network", -1, "of a run of several networks: the seed; -1: the first that grokked, or else the first", -1);
  o.add_string("weights", "",
               ".safetensors or .npz: a transformer with TransformerLens's names (embed.W_E, …), or dense layers with "
               "PyTorch's (layers.0.weight, …) or as layer0_W [in, out] and layer0_b, …");
  if (!o.has("data")) o.add_string("data", "", "a data set by name, or a table (.csv), for --weights of dense layers");
  add_table_options(o);
  o.add_string("data-dir", "", "folder of mnist or fashion-mnist files");
  o.add_string("inputs", "", "samples by rows for --weights, or tokens [n, n_ctx]: .npy, .npz, .csv or IDX");
  o.add_string("targets", "", "labels [n] or [n, 1], or targets, of --inputs, for scores: .npy, .npz or .csv");
  o.add_choice("activation", "auto", {"auto", "relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "linear"},
               "between the layers; auto: what the file says, or else relu");
  o.add_words("order", "", "names of the dense layers of --weights from first to last, where the file does not tell");
  o.add_choice("layout", "out-in", {"out-in", "in-out"}, "axes of dense weights in --weights; out-in is PyTorch's");
  o.add_choice("layer-norm", "auto", {"auto", "none", "pre", "full"},
               "of transformers; auto: what the file says, full with scale and shift, or else none");
  o.add_flag("two-way", "attention to later positions too, where the file does not say");
  o.add_flag("parallel-attention", "the MLP reads what attention reads, where the file does not say");
  o.add_flag("last-position", "of a transformer with an output at every position: the last one alone");
  o.add_int("rows", 1000000, "use at most so many rows of the data", 1);
}

void add_test_options(Options& o) {
  o.add_string("test-inputs", "", "more inputs, for scores that are taken on test rows");
  o.add_string("test-targets", "", "of --test-inputs");
}

TrainedNetwork load_network(const Options& o) {
  check(o);
  const std::string experiment = o.text("run").empty() ? "" : experiment_of(o.text("run"));
  if (experiment != "modular_addition") o.require_unused({"network"}, "it is for a --run of modular_addition");
  return o.text("run").empty() ? from_weights(o) : from_run(o, experiment);
}

}  // namespace basin::experiments
