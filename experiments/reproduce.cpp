// The main job, end to end: train on real data, look inside by name, measure degeneracy, check the claims, report.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/file.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/main.h"
#include "experiments/cli/progress.h"
#include "experiments/report/graph.h"
#include "experiments/reproduce/findings.h"
#include "experiments/reproduce/reproduce_cost.h"
#include "experiments/shared/study.h"
#include "experiments/shared/table_options.h"
#include "experiments/shared/training_run.h"
#include "experiments/shared/unused_options.h"

using namespace basin;
using namespace basin::experiments;

namespace {

Options declare() {
  Options o(
      "reproduce",
      "Trains a network on handwritten digits, sweeps its activations and gradients, measures its degeneracy over "
      "training, checks the claims of docs/theory.md §7, and writes a report.",
      {"reproduce", "reproduce --data mnist --data-dir ~/mnist --epochs 5 --rows 200", "reproduce --preset quick"});
  add_training_options(o);
  for (const auto& [key, value] : KeyValues{
           {"widths", "32"}, {"epochs", "60"}, {"lr", "0.003"}, {"schedule", "cosine"}, {"checkpoint-every", "5"}})
    o.change_default(key, value);
  add_measuring_options(o);
  o.without("json");
  o.add_preset("quick", {{"epochs", "10"}, {"rows", "60"}, {"final-rows", "150"}, {"nets", "2"}, {"mixed-nets", "30"}});
  o.add_preset("paper", {{"nets", "20"}, {"mixed-nets", "600"}, {"rows", "400"}, {"experiments", "default"}});
  return o;
}

// Says on stderr what is being done and, when it is done, how long it took.
class Stage {
 public:
  Stage(const char* what, bool quiet) : what_(what), quiet_(quiet) {}
  ~Stage() {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    if (!quiet_) fmt::print(stderr, "{:<48}{:6.1f} s\n", what_, seconds.count());
  }

 private:
  const char* what_;
  bool quiet_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// For each layer of the network in the checkpoint: pre and post, and the gradient of one sample's loss at each.
std::vector<interp::ValueSummary> layer_values(const interp::ReluNet& net, const nn::MlpSpec& spec,
                                               const nn::Dataset& data, int threads) {
  std::vector<std::string> names;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    names.push_back(interp::layer_name(l) + ".pre");
    if (l + 1 < net.layers()) names.push_back(interp::layer_name(l) + ".post");
  }
  return interp::value_summaries({nn::mlp(spec, loss_of(data)), interp::dense_network(net).model.parameters},
                                 nn::inputs_of(data), names, "loss", {.threads = threads});
}

void measure_network(Findings& f, const Options& o, const nn::Split& data, const RunDirectory& run) {
  const bool quiet = o.flag("quiet");
  const std::vector<nn::Checkpoint> checkpoints = nn::checkpoints_of(run.path());
  const interp::ReluNet net = interp::read_relu_net(checkpoints.back().path);
  {
    const Stage stage("activations and gradients by name", quiet);
    f.values = layer_values(net, f.spec.mlp, data.train, o.threads());
  }
  {
    const Stage stage("spectra of G, K and JJᵀ", quiet);
    f.spectrum_rows = std::min(o.integer("spectrum-rows"), data.train.size());
    f.spectra = interp::layer_spectra(net, analysis_inputs(data.train, data.train.size()), f.spectrum_rows,
                                      {.threads = o.threads()});
  }
  {
    const Stage stage("degeneracy over training", quiet);
    Progress progress("checkpoints", std::int64_t(checkpoints.size()), quiet);
    f.analysis_rows = std::min(o.integer("rows"), data.train.size());
    f.training = degeneracy_over_training(checkpoints, analysis_inputs(data.train, data.train.size()), f.analysis_rows,
                                          o.threads(), [&](auto done) { progress.update(done); });
    write_counts(run.arrays() + "/degeneracy_over_training.npz", f.training);
    progress.finish(std::int64_t(checkpoints.size()));
  }
  const Stage stage("exact count of the final network", quiet);
  const Matrix x = analysis_inputs(data.train, o.integer("final-rows"));
  f.final_network = interp::degeneracy(net, x, {.sweep = {.threads = o.threads()}});
}

std::vector<Claim> check_claims(Findings& f, const Options& o) {
  const ClaimSettings settings = claim_settings(o);
  const Stage stage("claims", o.flag("quiet"));
  f.planted = measure_mixed_nets(settings);
  return run_claims({}, settings);
}

// The page ends in the graph of the transformer that was trained beside.
void show_grokking(Findings& f, const RunDirectory& run) {
  const std::string training = run.file("experiments/modular_addition"), graph = training + "_graph";
  const auto results = [](const std::string& folder) {
    return report::Json::parse(read_file(folder + "/results.json"));
  };
  f.grokking = results(training);
  f.grokking["graph"] = results(graph);
  const std::string file = graph + "/graph.json";
  report::write_graph((run.path() / "figures").string(), "grokking", report::graph_from_json(read_file(file), file));
}

// Each writes a run of its own; the report links to theirs.
void run_parts(Findings& f, const Options& o, const RunDirectory& run) {
  if (o.text("experiments") == "none") return;
  for (const PartSpec& part : reproduce_parts(o, run.path())) {
    const std::string folder = "experiments/" + part.name;
    const Stage stage(part.name.c_str(), o.flag("quiet"));
    std::vector<std::string> words = part.words;
    words.insert(words.end(), {"--out", run.file(folder)});
    f.parts.push_back({part.name, folder + "/report.html", run_experiment(part.experiment, words)});
  }
  show_grokking(f, run);
}

nn::Split load_classes(Options& o) {
  if (o.text("activation") != "relu" || o.flag("no-bias"))
    throw UsageError(
        "reproduce: the exact counts cover ReLU networks with biases; help: leave out --activation and --no-bias");
  if (o.integer("epochs") < 1) throw UsageError("reproduce: epochs: wants at least 1; given 0");
  refuse_unused_in_training(o);
  nn::Split data = load_training_data(o);
  if (data.train.classes == 0)
    throw UsageError(
        fmt::format("reproduce: the report is about a classifier; data set '{}' has no classes; help: "
                    "train_mlp and degeneracy take any data set",
                    o.text("data")));
  return data;
}

Found find(Findings& f, const Options& o, const nn::Split& data, RunDirectory& directory) {
  {
    const Stage stage("training", o.flag("quiet"));
    run_training(o, data, directory);
  }
  f.history = nn::read_metrics(directory.path());
  measure_network(f, o, data, directory);
  std::vector<Claim> claims = check_claims(f, o);
  run_parts(f, o, directory);
  int code = 0;
  for (const Part& part : f.parts) code = std::max(code, part.outcome.exit_code);
  return {.results = reproduce_results(f), .claims = claims, .figures = reproduce_figures(f), .exit_code = code};
}

int run(const Options& given) {
  Options o = given;
  const nn::Split data = load_classes(o);
  say_reading(o, data.train);
  Findings f{.spec = train_spec(o, data),
             .train_rows = data.train.size(),
             .test_rows = data.test.size(),
             .data_name = data.train.name,
             .data_source = data.train.source};
  check_warm_up(o, f.spec.schedule.steps);
  check_resumable(o, data);
  say_cost(o, [&] { return reproduce_cost(o, data); });
  const Outcome outcome =
      run_study(o, "reproduce", run_facts(data), [&](RunDirectory& directory) { return find(f, o, data, directory); });
  fmt::print("{}{}\n", classes_line(data.train), claims_summary(outcome.claims));
  for (const Part& part : f.parts)
    fmt::print("{}: {}\n", part.name,
               part.outcome.claims.empty() ? part.outcome.summary : claims_summary(part.outcome.claims));
  fmt::print("{}\n", outcome.report);
  return outcome.exit_code;
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
