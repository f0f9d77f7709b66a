#include "experiments/interactions/network_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/shared/training_run.h"
#include "experiments/shared/weights_file.h"
#include "nn/data/registry.h"
#include "nn/mlp.h"

namespace basin::experiments {
namespace {

Rows rows_of(const nn::Dataset& data, std::int64_t most) {
  const std::int64_t n = std::min(most, data.size());
  Tensor<double> y = cast<double>(data.y);
  y.shape[0] = n;
  y.data.resize(std::size_t(y.shape.numel()));
  return {nn::analysis_inputs(data, n), std::move(y)};
}

interp::Activate activation_of(const std::string& name) {
  const nn::Activation a = nn::activation_from(name);
  return [a](Var v) { return nn::activate(v, a); };
}

struct Read {
  interp::ReluNet net;
  std::string activation;
};

Read read_network(const Options& o, const std::string& path) {
  SafeTensors file = read_weights(path);
  const std::string said = file.metadata.contains("activation") ? file.metadata["activation"] : "";
  const std::string& wanted = o.text("activation");
  if (wanted != "auto" && !said.empty() && wanted != said)
    throw UsageError(fmt::format("--activation {} given; {} says '{}'", wanted, path, said));
  file.metadata.erase("activation");
  const auto layout = o.text("layout") == "out-in" ? interp::Layout::out_in : interp::Layout::in_out;
  return {interp::relu_net_from(file, path, {.activation = "relu", .layers = o.words("order"), .layout = layout}),
          wanted != "auto" ? wanted
          : said.empty()   ? "relu"
                           : said};
}

void add_targets(Rows& rows, const std::string& path, bool& classes) {
  if (path.empty()) return;
  rows.targets = interp::read_samples(path, rows.x.rows());
  if (rows.targets.shape.rank() == 2 && rows.targets.cols() == 1) rows.targets.shape = {rows.targets.rows()};
  classes = rows.targets.shape.rank() == 1;
  if (rows.targets.shape[0] != rows.x.rows())
    throw DataError(
        fmt::format("{}: {} rows given, wanted {}, as many as inputs", path, rows.targets.shape[0], rows.x.rows()));
}

nn::Split data_named(const Options& o) {
  nn::DataOptions d;
  d.data_dir = o.text("data-dir");
  return nn::load_data(o.text("data"), d);
}

void add_data(TrainedNetwork& t, const Options& o) {
  const std::int64_t most = o.integer("rows");
  if (!o.text("inputs").empty()) {
    t.train.x = interp::read_inputs(o.text("inputs"), most);
    add_targets(t.train, o.text("targets"), t.classes);
    t.data = o.text("inputs");
    return;
  }
  const nn::Split split = o.text("run").empty() ? data_named(o) : data_of(o.text("run"));
  t.train = rows_of(split.train, most);
  t.test = rows_of(split.test, most);
  t.classes = split.train.classes > 0;
  t.data = split.train.name;
}

void check(const Options& o) {
  const bool run = !o.text("run").empty(), weights = !o.text("weights").empty();
  const bool data = !o.text("data").empty(), inputs = !o.text("inputs").empty();
  if (run == weights || (run && (data || inputs)) || (weights && data == inputs))
    throw UsageError(fmt::format(
        "give either --run FOLDER, or --weights FILE and one of --data NAME and --inputs FILE; help: {} --help has "
        "examples",
        o.program()));
  if (!o.text("targets").empty() && !inputs) throw UsageError("--targets is for --inputs; --data has its own");
}

}  // namespace

void add_network_options(Options& o) {
  o.add_string("run", "", "folder of a train_mlp run: its last checkpoint on its data");
  o.add_string("weights", "",
               ".safetensors with PyTorch names (layers.0.weight, …), or .npz with these or with layer0_W [in, out] "
               "and layer0_b, …");
  if (!o.has("data")) o.add_string("data", "", "a data set by name, or a .csv file, for --weights");
  o.add_string("data-dir", "", "folder of mnist or fashion-mnist files");
  o.add_string("inputs", "", "samples by rows for --weights: .npy, .npz or .csv");
  o.add_string("targets", "", "labels or targets of --inputs, for scores: .npy, .npz or .csv");
  o.add_choice("activation", "auto", {"auto", "relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "linear"},
               "between the layers; auto: what the file says, or else relu");
  o.add_words("order", "", "names of the layers of --weights from first to last, where the file does not tell");
  o.add_choice("layout", "out-in", {"out-in", "in-out"}, "axes of the weights in --weights; out-in is PyTorch's");
  o.add_int("rows", 1000000, "use at most so many rows of the data", 1);
}

TrainedNetwork load_network(const Options& o) {
  check(o);
  const std::string path = o.text("run").empty() ? o.text("weights") : nn::checkpoints_of(o.text("run")).back().path;
  const Read read = read_network(o, path);
  TrainedNetwork t{.network = interp::dense_network(read.net, activation_of(read.activation)),
                   .layers = {},
                   .train = {},
                   .test = {},
                   .what = path,
                   .data = {}};
  for (std::int64_t l = 0; l < read.net.layers(); ++l) t.layers.push_back(interp::layer_name(read.net, l));
  add_data(t, o);
  interp::require_inputs(read.net, path, t.train.x, t.data);
  return t;
}

interp::Scoring scoring_of(const TrainedNetwork& network, const Rows& rows, const std::string& name) {
  if (rows.targets.size() == 0)
    throw UsageError("a score needs labels or targets; help: name them with --targets, or use --data or --run");
  const interp::ScoreKind kind = !name.empty()     ? interp::score_from(name)
                                 : network.classes ? interp::ScoreKind::accuracy
                                                   : interp::ScoreKind::mse;
  if (network.classes != (kind != interp::ScoreKind::mse))
    throw UsageError(fmt::format("{} given for {}", interp::name_of(kind),
                                 network.classes ? "labels; wanted accuracy or cross-entropy" : "targets; wanted mse"));
  return {kind, rows.targets};
}

}  // namespace basin::experiments
