// The interactions of a trained network: bases, edges, modules, and a graph to look at.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/interactions/interaction_cost.h"
#include "experiments/interactions/interaction_results.h"
#include "experiments/interactions/score_cost.h"
#include "experiments/shared/module_cost.h"
#include "experiments/shared/study.h"
#include "interp/edges/ablation.h"
#include "interp/edges/graph_files.h"
#include "interp/edges/interaction_graph.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o("interaction_graph",
            "Finds the features of a trained network's layers in a basis that does not depend on degeneracy, how they "
            "interact and which modules they form (docs/theory.md §5), and draws it.",
            {"interaction_graph --run runs/train_mlp/digits-seed0",
             "interaction_graph --weights net.safetensors --inputs x.npy --basis pca --rule gauss-legendre:4",
             "interaction_graph --weights mnist.npz --data mnist --data-dir mnist --layers layer0,layer1,output",
             "interaction_graph --run runs/modular_addition/seed0",
             "interaction_graph --weights transformer.npz --inputs tokens.npy --last-position --modulus 113"});
  add_network_options(o);
  add_interaction_options(o);
  o.add_double("cutoff", 1e-3, "of modules: edges below this share of their section's largest are none", 1e-300, 1);
  o.add_double(
      "delta", 0,
      "of modules, instead of --cutoff: the smallest edge that a section needs to keep accuracy, or mse, within "
      "this of the whole network's on the data",
      0);
  o.add_double("resolution", 1, "of modules: gamma of the Leiden search", 0);
  o.add_int("restarts", 20, "of the search, the best counts", 1);
  o.add_int("nulls", 20, "random graphs that the modules are held against", 0);
  o.add_int("modulus", 0,
            "label features of a transformer that reads x, y and = by the frequencies of x and y modulo this; 0: of a "
            "run of modular_addition its own, else no labels",
            0, 4096);
  o.add_preset("quick", {{"rows", "2000"}, {"nulls", "5"}, {"restarts", "5"}});
  o.add_preset("paper", {{"nulls", "100"}, {"restarts", "50"}});
  o.without("dtype").without("resume").without("json");
  return o;
}

// A share of each section's largest edge, or the smallest that the network needs.
std::vector<double> cutoffs_of(const Interactions& i, const TrainedNetwork& network, const Options& o) {
  if (!(o.number("delta") > 0)) return cutoffs_at(i.E, o.number("cutoff"));
  std::vector<double> cutoffs;
  for (std::int64_t l = 0; l < i.model.sections(); ++l) {
    say(o, fmt::format("edges needed from {} to {}", i.bases[l].layer, i.bases[l + 1].layer));
    interp::EdgeAblation edges(i.model, i.bases, l, i.E[l], network.inputs(network.train),
                               scoring_of(network, network.train, ""), i.edge.sweep);
    const double cutoff = edges.smallest_kept(edges.bisect(o.number("delta")).required);
    cutoffs.push_back(cutoff > 0 ? cutoff : 1);
  }
  return cutoffs;
}

interp::ModuleOptions module_options(const Options& o) {
  return {.resolution = o.number("resolution"),
          .restarts = int(o.integer("restarts")),
          .nulls = int(o.integer("nulls")),
          .seed = std::uint64_t(o.integer("seed"))};
}

FeatureModules modules_of(const Interactions& i, const TrainedNetwork& network, const Options& o) {
  FeatureModules modules = feature_modules(i.bases, i.E, cutoffs_of(i, network, o), module_options(o));
  if (edge_list(modules.weights).empty())
    throw NumericalError(
        "no two features interact; help: with the functional formula all edges are 0 under the rule "
        "gradient: use --rule gauss-legendre:4");
  return modules;
}

// The side of the images that the first node layer holds; 0 if it holds none.
int image_side(const Interactions& i) {
  const std::int64_t pixels = i.model.width(0) - 1;
  const auto side = std::int64_t(std::lround(std::sqrt(double(pixels))));
  return i.model.layers().front().value == "x" && side * side == pixels && side >= 8 ? int(side) : 0;
}

// By which features are labelled; 0: not at all.
std::int64_t modulus_of(const TrainedNetwork& network, const Options& o) {
  return o.integer("modulus") > 0 ? o.integer("modulus") : network.modulus;
}

Found find(const Options& o, Interactions i, const TrainedNetwork& network, const RunDirectory& directory) {
  find_interactions(i, network, o);
  say(o, "modules");
  const FeatureModules modules = modules_of(i, network, o);
  write_interactions(directory.arrays() + "/interactions.npz", i.bases, i.E);
  const std::int64_t p = modulus_of(network, o);
  if (p > 0) say(o, "labels");
  const FeatureLabels labels = p > 0 ? feature_labels(i, network, p) : FeatureLabels{};
  const report::LayeredGraphView view = graph_view(i, modules, labels, image_side(i));
  report::write_graph(directory.figures(), "interactions", view);
  write_atomically(directory.file("graph.json"), report::graph_json(view));
  interp::write_graph(directory.file("graph.graphml"), modules.weights, modules.found, node_labels(i, modules, labels));
  Found found{.results = interaction_results(i, modules, labels), .figures = interaction_figures(i)};
  found.results["network"] = network.what;
  found.results["data"] = network.data;
  found.results["rows"] = network.train.x.rows();
  found.results["modulus"] = p;
  found.results["images"] = image_side(i) > 0;
  found.results["importance"] = std::ranges::count(found.figures, "importance", &report::NamedFigure::name);
  return found;
}

RunCost cost(const Options& o, const Interactions& chosen, const TrainedNetwork& network) {
  InteractionCost cost = interaction_cost(o, network, chosen);
  const Interactions& tried = cost.tried;
  if (cost.has_features) {
    if (o.number("delta") > 0) {
      const ScoredRows rows{tried, network.inputs(network.train), scoring_of(network, network.train, "")};
      PassCost scores;
      for (std::int64_t l = 0; l < tried.model.sections(); ++l) scores += edge_score_cost(o, rows, l, nullptr);
      cost.run.parts.push_back({"edges needed, by bisection", scores.seconds});
    }
    const interp::LayeredGraph graph = interp::interaction_graph(tried.bases, tried.E);
    cost.run.parts.push_back(
        module_cost(log_weights(graph, cutoffs_at(tried.E, o.number("cutoff"))), module_options(o)));
  }
  cost.run.parts.push_back({"the graph and its page", 0.1 * machine_speed().small});
  if (const std::int64_t p = modulus_of(network, o); p > 0) cost.run.parts.push_back(label_cost(o, network, tried, p));
  return cost.run;
}

void refuse_unused(const Options& o) {
  if (o.number("delta") > 0)
    o.require_unused({"cutoff"}, "--delta finds the cut-off of each section", "leave out --delta");
  else
    o.require_unused({"targets"}, "it is for the scores of --delta, which is not given", "give --delta");
}

Outcome run(const Options& o) {
  refuse_unused(o);
  const TrainedNetwork network = load_network(o);
  Interactions chosen = chosen_interactions(network, o);  // a mistake leaves nothing behind
  if (const std::int64_t p = modulus_of(network, o); p > 0) require_arithmetic(network, p);
  if (o.number("delta") > 0) scoring_of(network, network.train, "");
  say_cost(o, [&] { return cost(o, chosen, network); });
  return run_study(o, "interactions", {.blas = blas_kernel(), .data = network.data},
                   [&](RunDirectory& directory) { return find(o, std::move(chosen), network, directory); });
}

}  // namespace

Experiment interaction_graph() { return {declare, run}; }

}  // namespace basin::experiments
