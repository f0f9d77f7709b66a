// Are modular networks more degenerate, and do more degenerate ones generalise further? Matched pairs at equal loss.
#include <fmt/format.h>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/cli/experiment.h"
#include "experiments/modularity/modularity_cost.h"
#include "experiments/modularity/modularity_findings.h"
#include "experiments/shared/items.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o("modularity_degeneracy",
            "Trains pairs of networks to equal loss, on separable and on entangled tasks and as separate blocks and "
            "dense at equal parameters, and compares their degeneracy and their test loss, with controls for dead and "
            "always-on neurons (docs/theory.md §4). Effects come with 95 % intervals; nothing is predicted.",
            {"modularity_degeneracy", "modularity_degeneracy --preset quick",
             "modularity_degeneracy --blocks 4 --widths 25 --rows 256"});
  o.add_ints("blocks", "2", "independent parts of the tasks; several make several sizes", 2, 64);
  o.add_ints("widths", "13", "hidden neurons of a block's network, one for each of --blocks", 1, 10000);
  o.add_int("inputs", 4, "of each block", 1, 1000);
  o.add_int("outputs", 2, "of each block", 1, 1000);
  o.add_doubles("weight-decays", "0,0.01", "each is a study of its own", 0, 10);
  o.add_int("pairs", 80, "matched pairs of each kind", 2, 100000);
  o.add_int("data-sets", 4, "for networks that differ in their start alone", 1, 10000);
  o.add_int("starts", 20, "on each of these data sets", 2, 10000);
  o.add_int("rows", 128, "of training data", 8);
  o.add_double("noise", 0.3, "standard deviation on the training targets", 0, 100);
  o.add_int("epochs", 600, "of training; pairs are taken at equal loss within them", 1, 1000000);
  o.add_int("batch", 16, "rows a step", 1);
  o.add_double("rate", 0.02, "learning rate of gradient descent with momentum 0.9", 1e-8, 10);
  o.add_double("bias", 1, "standard deviation of the hidden biases at the start", 0, 100);
  o.add_int("sample-rows", 512, "inputs on which degeneracy is measured", 1);
  o.add_double("edge-cutoff", 0.1, "interactions below this share of a layer's largest are none", 1e-12, 0.99);
  o.add_int("restarts", 3, "of the search for modules", 1, 1000);
  o.add_int("nulls", 20, "rewired graphs that modules are held against", 2, 100000);
  o.change_default("seed", "1").without("dtype").without("json").add_shard();
  o.add_preset("quick", {{"pairs", "20"}, {"data-sets", "2"}, {"starts", "8"}, {"nulls", "10"}, {"epochs", "400"}});
  o.add_preset("paper",
               {{"blocks", "2,4"}, {"widths", "13,25"}, {"pairs", "200"}, {"data-sets", "10"}, {"nulls", "50"}});
  return o;
}

ModularitySpec modularity_spec(const Options& o, std::size_t size, double weight_decay) {
  return {.seed = std::uint64_t(o.integer("seed")),
          .blocks = o.integers("blocks")[size],
          .inputs = o.integer("inputs"),
          .outputs = o.integer("outputs"),
          .width = o.integers("widths")[size],
          .pairs = o.integer("pairs"),
          .data_sets = o.integer("data-sets"),
          .starts = o.integer("starts"),
          .rows = o.integer("rows"),
          .noise = o.number("noise"),
          .sample_rows = o.integer("sample-rows"),
          .training = {.epochs = o.integer("epochs"),
                       .batch = o.integer("batch"),
                       .rate = o.number("rate"),
                       .weight_decay = weight_decay,
                       .bias = o.number("bias")},
          .restarts = int(o.integer("restarts")),
          .nulls = int(o.integer("nulls")),
          .edge_cutoff = o.number("edge-cutoff")};
}

std::vector<ModularitySpec> specs(const Options& o) {
  const auto blocks = o.integers("blocks"), widths = o.integers("widths");
  const auto decays = o.numbers("weight-decays");
  if (blocks.empty() || decays.empty() || blocks.size() != widths.size())
    throw UsageError(
        fmt::format("modularity_degeneracy: {} --blocks, {} --widths and {} --weight-decays given; wanted "
                    "one width for each number of blocks, and a weight decay",
                    blocks.size(), widths.size(), decays.size()));
  std::vector<ModularitySpec> all;
  for (std::size_t size = 0; size < blocks.size(); ++size)
    for (double decay : decays) {
      all.push_back(modularity_spec(o, size, decay));
      validate(all.back());
    }
  return all;
}

Found measure(const Options& o, const std::vector<ModularitySpec>& all, RunDirectory& directory) {
  Items items(o, directory);
  std::vector<std::vector<ModularityPart>> parts;
  for (const ModularitySpec& spec : all)
    parts.push_back(items.results(
        spec.title(), modularity_jobs(spec),
        [&](std::int64_t job) { return fmt::format("{}-decay{:g}-{}", spec.size(), spec.training.weight_decay, job); },
        [&](std::int64_t job) { return modularity_job(spec, job); }));
  directory.end_shard();
  ModularityStudies studies;
  for (std::size_t i = 0; i < all.size(); ++i) studies.push_back(modularity_study(all[i], parts[i]));
  write_atomically(directory.metrics(), modularity_nets(studies));
  Found found{.results = modularity_results(studies), .figures = modularity_figures(studies)};
  found.results["command"] = o.command();
  return found;
}

Outcome run(const Options& o) {
  const std::vector<ModularitySpec> all = specs(o);
  say_cost(o, [&] { return modularity_cost(o, all); });
  return run_study(o, "modularity",
                   {.blas = blas_kernel(), .data = "separable and entangled teachers", .data_hash = {}},
                   [&](RunDirectory& directory) { return measure(o, all, directory); });
}

}  // namespace

Experiment modularity_degeneracy() { return {declare, run}; }

}  // namespace basin::experiments
