#include "experiments/modules/modules_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/blas.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/progress.h"
#include "experiments/modules/modules_findings.h"
#include "experiments/shared/module_cost.h"
#include "experiments/shared/pass_cost.h"
#include "experiments/shared/rows.h"
#include "experiments/shared/study.h"
#include "interp/modules/edge_weights.h"

namespace basin::experiments {
namespace {

struct Input {
  interp::GraphFile file;
  interp::LayeredGraph weights;
  std::string hash;
};

// Checked before there is a run folder, so that a mistake leaves nothing behind.
Input input(const Options& o) {
  const std::string& path = o.text("graph");
  if (path.empty())
    throw UsageError("modules: no --graph given; help: " +
                     as_typed("modules --graph edges.csv, or --help for the formats"));
  if (const std::string& weight = o.text("weight"); !weight.ends_with("log"))
    o.require_unused({"cutoff"}, "it is for --weight log and node-log, and --weight is " + weight, "give --weight log");
  const std::string bytes = read_file(path);
  Input in{.file = interp::parse_graph(bytes, path), .weights = {}, .hash = fnv1a64_hex(bytes)};
  in.weights = interp::weighted(in.file.graph, interp::edge_weight_from(o.text("weight")), o.numbers("cutoff"));
  if (in.weights.layer_sizes.size() > report::most_layers_drawn)
    throw DataError(fmt::format("{}: {} layers; wanted at most {}, which a page can show", path,
                                in.weights.layer_sizes.size(), report::most_layers_drawn));
  const std::size_t given = interp::edge_list(in.file.graph).size();
  if (given == 0) throw DataError(path + ": no edge weighs more than 0; wanted some that do");
  const std::vector<interp::LayeredEdge> kept = interp::edge_list(in.weights);
  if (kept.empty())
    throw DataError(fmt::format("{}: of its {} edges none is above the cut-off; help: a lower --cutoff", path, given));
  if (!std::isfinite(total(kept, &interp::LayeredEdge::weight)))
    throw DataError(path + ": the weights add up to more than a double holds; help: --weight max, or log");
  return in;
}

// The reported one stands among the others, so that the table has its row.
std::vector<double> resolutions(const Options& o) {
  std::vector<double> all = o.numbers("resolutions");
  all.push_back(o.number("resolution"));
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

interp::ModuleOptions module_options(const Options& o) {
  return {.resolution = o.number("resolution"),
          .resolutions = resolutions(o),
          .restarts = int(o.integer("restarts")),
          .nulls = int(o.integer("nulls")),
          .seed = std::uint64_t(o.integer("seed"))};
}

RunCost cost(const Options& o, const interp::LayeredGraph& weights) {
  RunCost cost{.parts = {module_cost(weights, module_options(o))}};
  const double edges = double(interp::edge_list(weights).size()), nodes = double(weights.nodes());
  if (weights.nodes() <= most_matched)
    cost.parts.push_back({"matching strength", seconds_of([&] { interp::matching_strength(weights); })});
  cost.parts.push_back({fmt::format("page and files of {:.0f} edges", edges), 2e-5 * machine_speed().small * edges});
  cost.bytes = 2000 * edges + 200 * nodes * o.integer("restarts");
  return cost;
}

ModuleFindings find(const Options& o, Input in) {
  ModuleFindings f{.file = std::move(in.file), .weights = std::move(in.weights)};
  f.source = o.text("graph");
  f.weight = o.text("weight");
  f.cutoffs = o.numbers("cutoff");
  f.options = module_options(o);
  const std::int64_t searches = 1 + f.options.nulls + std::ssize(f.options.resolutions);
  Progress progress("searching", searches, o.flag("quiet"));
  f.options.progress = [&](std::int64_t done, std::int64_t) {
    if (interrupted()) throw Interrupted("the search was not done; nothing of it is kept");
    progress.update(done);
  };
  f.found = interp::find_modules(f.weights, f.options);
  f.options.progress = {};
  progress.finish(searches);
  if (f.weights.nodes() <= most_matched) f.strength = interp::matching_strength(f.weights);
  return f;
}

Found write(const ModuleFindings& f, RunDirectory& run) {
  interp::write_graph(run.file("graph.graphml"), f.weights, f.found, f.file.labels);
  interp::write_graph(run.file("graph.dot"), f.weights, f.found, f.file.labels);
  write_atomically(run.file("modules.json"), interp::to_json(f.found) + "\n");
  report::write_graph(run.figures(), "graph", modules_view(f));
  return {.results = modules_results(f), .figures = modules_figures(f)};
}

}  // namespace

Options declare_modules() {
  Options o("modules",
            "Finds the modules of a weighted layered graph: Leiden's partition, its modularity Q against rewired "
            "graphs, how stable it is over restarts and resolutions, and a page to look at it (docs/theory.md §4.5). "
            "Edges join neighbouring layers; weights are 0 or more.",
            {"modules --graph edges.csv --out runs/mine", "modules --graph graph.json --weight log --cutoff 1e-3",
             "modules --graph graph.graphml --resolution 2 --nulls 0",
             "modules --graph runs/mine/graph.graphml --json --quiet"});
  o.add_string(
      "graph", "",
      "the graph, all counted from 0: a .csv file with the columns from_layer,from,to_layer,to,weight; a .json "
      "file {\"layers\": [sizes], \"edges\": [{\"source\", \"target\", \"weight\"}]} with nodes numbered layer "
      "by layer, or of a report; a .graphml file with data named layer and weight, as networkx and igraph write "
      "them");
  o.add_choice("weight", "identity", {"identity", "sqrt", "abs", "max", "log", "node-log"},
               "what modules are found with, of the weights E in the file: E, its root, E over the sum of all, E over "
               "the largest of its layers, log10(E/cutoff), or that times the share of a node's output");
  o.add_doubles("cutoff", "", "for log and node-log: E at or below it is no edge; one, or one for each pair of layers",
                1e-300, 1e300);
  o.add_double("resolution", 1, "of the modules that are reported: higher ones are smaller", 1e-6, 1e6);
  o.add_doubles("resolutions", "0.5,1,2", "more of them, to see how the modules change", 1e-6, 1e6);
  o.add_int("restarts", 20, "of each search: the best counts", 1, 10000);
  o.add_int("nulls", 100, "rewired graphs to hold Q against", 0, 100000);
  o.change_default("seed", "1");
  for (const char* unused : {"dtype", "resume", "preset", "threads"}) o.without(unused);
  return o;
}

int run_modules(const Options& o) {
  Input in = input(o);
  say(o, fmt::format("{}: {} nodes, {} edges in {} layers", o.text("graph"), in.weights.nodes(),
                     interp::edge_list(in.weights).size(), in.weights.layer_sizes.size()));
  say_cost(o, [&] { return cost(o, in.weights); });
  const RunFacts facts{.blas = blas_kernel(), .data = o.text("graph"), .data_hash = in.hash};
  report::Json results;
  std::string json;
  const Outcome outcome = run_study(o, "modules", facts, [&](RunDirectory& run) {
    const ModuleFindings f = find(o, std::move(in));
    Found found = write(f, run);
    results = found.results;
    json = interp::to_json(f.found);
    return found;
  });
  constexpr std::size_t most_rows = 20;  // on a screen
  if (o.flag("json")) {
    fmt::print("{}\n", json);
  } else {
    const report::Json& table = results["modules_table"];
    fmt::print("{}\n", outcome.summary);
    if (table["rows"].size() <= most_rows) fmt::print("\n{}\n", report::table_text(table));
    fmt::print("{}\n", outcome.report);
  }
  return outcome.exit_code;
}

}  // namespace basin::experiments
