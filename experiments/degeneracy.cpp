// Counts the directions in which the parameters of a network can move without changing what it computes.
#include <fmt/format.h>

#include <csignal>
#include <filesystem>

#include "core/file.h"
#include "core/memory.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/main.h"
#include "experiments/cli/progress.h"
#include "experiments/degeneracy/degeneracy_cost.h"
#include "experiments/degeneracy/degeneracy_text.h"
#include "experiments/degeneracy/traced_network.h"
#include "experiments/shared/run_history.h"
#include "experiments/shared/training_run.h"
#include "experiments/shared/weights_file.h"
#include "interp/degeneracy/model_null_space.h"
#include "interp/jacobian/model_jacobian.h"
#include "interp/layers/dense_network.h"

using namespace basin;
using namespace basin::experiments;
using interp::DegeneracyReport;
using interp::SweepOptions;

namespace {

void add_network_options(Options& o) {
  o.add_string("run", "",
               "folder of train_mlp, reproduce, train_transformer, modular_addition or train_superposition: its last "
               "checkpoint on its training rows");
  o.add_int("epoch", -1, "of --run: the checkpoint of this epoch; -1: the last", -1);
  o.add_int("network", -1, "of a run of several networks: the seed; -1: the first that grokked, or else the first", -1);
  o.add_string("weights", "",
               ".safetensors or .npz with PyTorch names (layers.0.weight, …; biases where there are any), or with the "
               "TransformerLens names of one attention layer (blocks.0.attn.W_Q, …) or of a transformer");
  o.add_string("inputs", "",
               "samples by rows: .npy, .npz, .csv or IDX; for an attention layer [samples, position, d_model], for a "
               "transformer tokens [sequences, positions], .npy");
  o.add_choice("activation", "auto", {"auto", "relu", "linear", "tanh", "gelu", "gelu_tanh", "sigmoid", "square"},
               "between the layers; auto: what the metadata of the file say, or else relu. Networks in dense layers "
               "are relu or linear");
  add_transformer_file_options(o);
  o.add_words("layers", "",
              "names of the layers of --weights from first to last, such as encoder,decoder; empty: by the numbers in "
              "the names, or as shapes prove");
  o.add_choice("layout", "out-in", {"out-in", "in-out"}, "axes of the weights in --weights; out-in is PyTorch's");
}

Options declare() {
  Options o("degeneracy",
            "Counts the free directions of a ReLU network, a linear one, an attention layer or a transformer on a data "
            "set, exactly, and says which are explained by low ranks, by neurons that fire together, by heads that "
            "share a pattern and by changes of basis (docs/theory.md §3).",
            {"degeneracy --run runs/train_mlp/digits-seed0 --epsilon 1e-2,1e-4,1e-6",
             "degeneracy --run runs/train_transformer/tokens-seed0 --rows 200",
             "degeneracy --weights net.safetensors --inputs x.npy --json",
             "degeneracy --weights attention.safetensors --inputs residual_stream.npy"});
  add_network_options(o);
  o.add_double(
      "tolerance", rank_tolerance,
      "relative to the largest singular value: what is below counts as zero; counts are decided if it is rounding", 0,
      1);
  o.add_flag("strict", "exit code 4 where a count is undecided or a direction of --null-space is none");
  o.add_int("rows", 1000000, "use at most so many rows of the data", 1);
  o.add_doubles("epsilon", "", "cut-offs relative to the largest eigenvalue: adds N_eff and ranks at each", 1e-30, 1);
  o.add_flag("scaled",
             "for networks beyond about 5,000 parameters: instead of exact ranks, counts of the directions that the "
             "outputs notice at each cut-off, with errors (docs/theory.md §1)");
  o.add_string("null-space", "", "a file, .npz: write a basis of the free directions there, each with its kind");
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset"}) o.without(unused);
  return o;
}

struct Subject {
  interp::ReluNet net;
  Matrix x;
  std::string what;
};

// Of dense layers.
std::string activation(const Options& o) {
  const std::string& given = o.text("activation");
  if (given != "auto" && given != "relu" && given != "linear")
    throw UsageError(
        fmt::format("--activation {} given; dense layers are counted with relu or linear; help: others are for "
                    "transformers in --weights",
                    given));
  return given == "auto" ? "" : given;
}

Subject load_run(const Options& o) {
  const std::string& run = o.text("run");
  o.require_unused({"network"}, run + " holds one network");
  o.require_unused({"layer-norm", "two-way", "parallel-attention", "last-position"},
                   "it is for transformers, and this run's network is none");
  const std::string checkpoint = o.integer("epoch") < 0 ? nn::checkpoints_of(run).back().path
                                                        : checkpoint_at(run_history(run), o.integer("epoch"));
  return {interp::read_relu_net(checkpoint, {.activation = activation(o)}),
          nn::analysis_inputs(data_of(run).train, o.integer("rows")), checkpoint};
}

// Of --weights, for so many columns of --inputs.
interp::ReluNet load_net(const Options& o, const SafeTensors& file, std::int64_t columns) {
  const std::string& weights = o.text("weights");
  const auto layout = o.text("layout") == "out-in" ? interp::Layout::out_in : interp::Layout::in_out;
  interp::ReluNet net = interp::relu_net_from(
      file, weights, {.activation = activation(o), .layers = o.words("layers"), .layout = layout});
  interp::require_inputs(net, weights, columns, o.text("inputs"));
  const std::string note = interp::reading_note(net);
  if (!note.empty() && !o.flag("quiet")) fmt::print(stderr, "note: {}\n", note);
  return net;
}

void check_null_space(const std::string& path) {
  if (path.empty()) return;
  if (!path.ends_with(".npz"))
    throw UsageError(fmt::format("--null-space {} given; wanted a file ending in .npz; help: --null-space {}.npz", path,
                                 std::filesystem::path(path).replace_extension().string()));
  if (std::filesystem::exists(path))
    throw UsageError(fmt::format("--null-space {} exists; help: remove it, or name another file", path));
  require_writable(path);
}

// Before any work is done.
void check(const Options& o) {
  const bool run = !o.text("run").empty(), weights = !o.text("weights").empty(), inputs = !o.text("inputs").empty();
  if (run ? weights || inputs : !weights || !inputs)
    throw UsageError(
        fmt::format("give either --run FOLDER, or both --weights FILE and --inputs FILE; help: {} --help has examples",
                    as_typed(o.program())));
  if (run) o.require_unused({"layers", "layout"}, "it is for --weights; a run knows its layers");
  if (!run) o.require_unused({"epoch", "network"}, "it is for --run");
  if (o.flag("scaled"))
    o.require_unused({"tolerance", "epsilon", "null-space", "strict"},
                     "it is of exact ranks, and --scaled counts without them", "leave out --scaled");
  check_null_space(o.text("null-space"));
}

void refuse_for_attention(const Options& o) {
  o.require_unused({"epsilon", "null-space", "scaled", "activation", "layers", "layout"},
                   "it is for ReLU and linear networks, and --weights is an attention layer");
}

// Says what an exact count will take, and refuses what the machine cannot hold.
void announce(const Options& o, const interp::Cost& cost, std::int64_t parameters, std::int64_t rows,
              const std::string& what) {
  say_cost(o, [&] {
    return exact_count_cost(cost, fmt::format("exact ranks of {} parameters on {} rows; fewer --rows are quicker, "
                                              "and so is --scaled",
                                              parameters, rows));
  });
  interp::require_memory(cost, available_memory(), what);
}

interp::Cost cost_of(const Options& o, const Subject& s) {
  const interp::Cost ranks = interp::exact_cost(s.net, s.x.rows(), o.threads());
  return o.text("null-space").empty() ? ranks : ranks + interp::null_space_cost(s.net);
}

int run_attention(const Options& o, const SafeTensors& file) {
  refuse_for_attention(o);
  const std::string& weights = o.text("weights");
  const interp::AttentionLayer layer = interp::attention_layer_from(file, weights);
  const Tensor<double> x = interp::read_samples(o.text("inputs"), o.integer("rows"));
  if (x.shape.rank() != 3 || x.shape[2] != layer.d_model())
    throw DataError(fmt::format("{} has shape {}; wanted [samples, position, {}] for the attention layer in {}",
                                o.text("inputs"), x.shape.str(), layer.d_model(), weights));
  const interp::ModelPoint traced = interp::traced_attention(layer, x.shape[1]);
  announce(o, interp::model_cost(traced, {{"x", x}}, o.threads()), traced.parameter_count(), x.shape[0], weights);
  const auto found =
      interp::attention_degeneracy(layer, x, {.tolerance = o.number("tolerance"), .sweep = {.threads = o.threads()}});
  fmt::print("{}", o.flag("json") ? interp::to_json(found) + "\n" : attention_text(found, weights));
  return o.flag("strict") && !found.decided() ? exit_numerical : exit_ok;
}

// Says what of it is not there, and whether nothing is missing.
bool put_null_space(const std::string& path, const interp::NullSpace& space, std::int64_t free) {
  write_null_space(path, space);
  fmt::print(stderr, "{}: {} null directions written\n", path, space.labels.size());
  for (const auto& [label, residual] : space.not_null)
    fmt::print(stderr, "{}: left out '{}', along which the outputs change: |Jv| is {:.1e} of the largest\n", path,
               label, residual);
  const bool all = space.not_null.empty() && std::ssize(space.labels) == free;
  if (!all)
    fmt::print(stderr,
               "{}: the count of free directions is {}; what is above the tolerance and not rounding, or the "
               "other way round, is why\n",
               path, free);
  return all;
}

int run_scaled(const Options& o, const interp::ReluNet& net, const Inputs& data, const std::string& what) {
  const interp::DenseNetwork network = interp::dense_network(net);
  say_cost(o, [&] { return scaled_count_cost(o, network.model, network.output, data); });
  const auto r = interp::scaled_degeneracy(net, data, {.sweep = {.threads = o.threads()}});
  fmt::print("{}", o.flag("json") ? interp::to_json(r) + "\n" : scaled_text(r, what));
  return exit_ok;
}

int run_net(const Options& o, const Subject& s) {
  const std::vector<double> epsilons = o.numbers("epsilon");
  const std::string& null_space = o.text("null-space");
  if (o.flag("scaled")) return run_scaled(o, s.net, {{"x", s.x}}, s.what);
  announce(o, cost_of(o, s), s.net.parameters(), s.x.rows(), s.what);
  interp::DegeneracyOptions options{.tolerance = o.number("tolerance"), .sweep = {.threads = o.threads()}};
  const std::int64_t sweeps = epsilons.empty() ? 1 : 2;  // of the rows
  Progress progress("sweeping", sweeps * s.x.rows(), o.flag("quiet"));
  std::int64_t before = 0, last = 0;
  options.sweep.progress = [&](std::int64_t done, std::int64_t) {
    if (done < last) before += last;
    last = done;
    progress.update(before + done);
  };
  interp::Subject subject = interp::subject(s.net, s.x, options);
  const DegeneracyReport r = interp::degeneracy(subject);
  const interp::DegeneracyDetails details = interp::degeneracy_details(subject, r, epsilons);
  progress.finish(sweeps * s.x.rows());
  fmt::print("{}", o.flag("json") ? interp::to_json(r, details) + "\n" : degeneracy_text(r, details, s.what));
  std::fflush(stdout);  // whatever becomes of the null space, the counts are out
  subject.options.sweep.progress = {};
  const bool all_null =
      null_space.empty() || put_null_space(null_space, interp::jacobian_null_space(subject), r.free_directions());
  return o.flag("strict") && !(r.decided() && all_null) ? exit_numerical : exit_ok;
}

int run_traced(const Options& o, const TracedNetwork& t) {
  const SweepOptions sweep{.threads = o.threads()};
  if (o.flag("scaled")) {
    say_cost(o,
             [&] { return scaled_count_cost(o, interp::with_named_output(t.model), interp::differentiated, t.data); });
    const auto r = interp::scaled_degeneracy(t.model, t.data, {.sweep = sweep});
    fmt::print("{}", o.flag("json") ? interp::to_json(r) + "\n" : scaled_text(r, t.what));
    return exit_ok;
  }
  announce(o, interp::model_cost(t.model, t.data, o.threads()), t.model.parameter_count(),
           rows_of(t.data, "degeneracy"), t.what);
  const interp::ModelSubject subject =
      interp::model_subject(t.model, t.data, {.tolerance = o.number("tolerance"), .sweep = sweep});
  const interp::ModelDegeneracy& found = subject.found;
  const std::vector<double> epsilons = o.numbers("epsilon");
  fmt::print("{}", o.flag("json") ? interp::to_json(subject, epsilons) + "\n" : model_text(subject, epsilons, t.what));
  std::fflush(stdout);  // whatever becomes of the null space, the counts are out
  const std::string& path = o.text("null-space");
  const bool all_null =
      path.empty() || put_null_space(path, interp::model_null_space(subject), found.free_directions());
  return o.flag("strict") && !(found.decided() && all_null) ? exit_numerical : exit_ok;
}

int run(const Options& o) {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);  // there is no state to save: stop at once
  check(o);
  if (const std::string& folder = o.text("run"); !folder.empty())
    return is_traced_run(folder) ? run_traced(o, traced_run(o)) : run_net(o, load_run(o));
  const std::string& weights = o.text("weights");
  const SafeTensors file = read_weights(weights);
  if (is_transformer(file)) return run_traced(o, traced_file(o));
  o.require_unused({"layer-norm", "two-way", "parallel-attention", "last-position"},
                   "it is for transformers, and --weights is none");
  if (interp::names_attention(file)) return run_attention(o, file);
  if (o.flag("scaled")) {
    const Inputs data = interp::inputs_in_file("x", o.text("inputs"), true, o.integer("rows"));
    return run_scaled(o, load_net(o, file, interp::columns_of(data, "x")), data, weights);
  }
  Matrix x = interp::read_inputs(o.text("inputs"), o.integer("rows"));
  interp::ReluNet net = load_net(o, file, x.cols());
  return run_net(o, {std::move(net), std::move(x), weights});
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
