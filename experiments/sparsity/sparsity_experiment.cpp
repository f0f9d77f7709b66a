// Are interactions sparser in the interaction basis, and does a sparser network have more free directions?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/cli/experiment.h"
#include "experiments/shared/items.h"
#include "experiments/shared/rows.h"
#include "experiments/shared/study.h"
#include "experiments/shared/table_options.h"
#include "experiments/sparsity/sparsity_cost.h"
#include "experiments/sparsity/sparsity_findings.h"
#include "experiments/sparsity/sparsity_stability.h"
#include "nn/data/registry.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o(
      "sparsity",
      "Trains networks on several seeds and counts their interactions in four bases: neurons, PCA and the global "
      "and the local interaction basis; beside them planted modules, also in random coordinates. Differences come "
      "with 95 % intervals; nothing is predicted. Modules of networks that differ by their seed alone are compared.",
      {"sparsity", "sparsity --preset paper", "sparsity --preset paper --data-dir ~/mnist"});
  o.add_words(
      "settings", "digits,blocks,planted,rotated",
      "data sets by name; planted: two modules, not trained; rotated: the same in random coordinates; modular: a "
      "transformer that groks a + b mod 59, about a minute a seed");
  o.add_string("data-dir", "", "folder of MNIST files: where it is given, mnist is one more setting");
  o.add_ints("hidden", "32,16", "hidden widths of trained networks", 1, 100000);
  o.add_ints("mnist-hidden", "100,100", "hidden widths on MNIST", 1, 100000);
  o.add_int("mnist-epochs", 10, "of training on MNIST", 0, 100000);
  o.add_doubles("weight-decays", "0,1", "decoupled weight decays (AdamW); bases are compared at the least", 0);
  o.add_int("seeds", 5, "seeds 0 to this number", 2, 1000);
  o.add_ints("epochs", "0,5,20,60", "when to look; bases are compared at the last", 0, 100000);
  o.add_int("rows", 10000, "of training data for bases, edges and scores, at most", 10);
  o.add_int("jacobian-rows", 100, "training rows on which J Jᵀ is measured", 1);
  o.add_double("epsilon", 1e-4, "directions below this share of its largest eigenvalue count as free", 1e-15, 1);
  o.add_int("removed-limit", 1300,
            "networks of at most so many parameters are asked which directions the basis removes", 0);
  o.without("dtype").without("seed").without("json").add_shard();
  o.add_preset("quick", {{"seeds", "2"}, {"epochs", "0,10,30"}, {"rows", "1500"}, {"hidden", "16,12"}});
  o.add_preset(
      "paper",
      {{"seeds", "10"}, {"weight-decays", "0,0.3,1"}, {"epochs", "0,2,5,20,60,100"}, {"jacobian-rows", "200"}});
  return o;
}

void refuse_unused(const Options& o, const SparsitySpec& spec) {
  const auto asked = [&](const std::string& name) {
    return std::ranges::find(spec.settings, name) != spec.settings.end();
  };
  const std::string settings = fmt::format("--settings is {}", fmt::join(spec.settings, ","));
  if (!asked("mnist")) o.require_unused({"mnist-hidden", "mnist-epochs"}, "it is of mnist, and " + settings);
  const auto dense = [](const std::string& name) {
    return name != "planted" && name != "rotated" && name != "modular" && name != "mnist";
  };
  if (std::ranges::none_of(spec.settings, dense))
    o.require_unused({"hidden", "epochs", "weight-decays"}, "it is of trained dense networks, and " + settings);
}

SparsitySpec sparsity_spec(const Options& o) {
  SparsitySpec spec{.settings = o.words("settings"),
                    .data_dir = o.text("data-dir"),
                    .hidden = o.integers("hidden"),
                    .mnist_hidden = o.integers("mnist-hidden"),
                    .weight_decays = o.numbers("weight-decays"),
                    .epochs = o.integers("epochs"),
                    .mnist_epochs = o.integer("mnist-epochs"),
                    .seeds = o.integer("seeds"),
                    .rows = o.integer("rows"),
                    .jacobian_rows = o.integer("jacobian-rows"),
                    .epsilon = o.number("epsilon"),
                    .removed_limit = o.integer("removed-limit")};
  if (!spec.data_dir.empty() && std::ranges::find(spec.settings, "mnist") == spec.settings.end())
    spec.settings.push_back("mnist");
  refuse_unused(o, spec);
  if (spec.settings.empty() || spec.hidden.empty() || spec.mnist_hidden.empty() || spec.weight_decays.empty() ||
      spec.epochs.empty() || !std::ranges::is_sorted(spec.epochs) || !std::ranges::is_sorted(spec.weight_decays))
    throw UsageError("sparsity: give at least one setting and hidden width, and ascending weight decays and epochs");
  if (!all_differ(spec.settings) || !all_differ(spec.weight_decays) || !all_differ(spec.epochs))
    throw UsageError("sparsity: give each setting, weight decay and epoch once");
  nn::DataOptions data;
  data.data_dir = spec.data_dir;
  for (const std::string& name : spec.settings)
    if (name != "planted" && name != "rotated" && name != "modular")
      say_reading(o, nn::load_data(name, data).train);  // refuses what is not there
  return spec;
}

Outcome run(const Options& o) {
  const SparsitySpec spec = sparsity_spec(o);
  const std::vector<SparsityJob> jobs = sparsity_jobs(spec);
  say(o, fmt::format("{} networks of {} settings", jobs.size(), spec.settings.size()));
  say_cost(o, [&] { return sparsity_cost(o, spec); });
  return run_study(
      o, "sparsity", {.blas = blas_kernel(), .data = fmt::format("{}", fmt::join(spec.settings, ",")), .data_hash = {}},
      [&](RunDirectory& directory) -> Found {
        const auto found_of =
            Items(o, directory)
                .results(
                    "networks", std::ssize(jobs), [&](std::int64_t i) { return jobs[std::size_t(i)].name(); },
                    [&](std::int64_t i) { return sparsity_job(spec, jobs[std::size_t(i)]); });
        directory.end_shard();
        std::vector<SparsityNet> nets;
        for (const auto& of_job : found_of) nets.insert(nets.end(), of_job.begin(), of_job.end());
        write_atomically(directory.metrics(), sparsity_lines(nets));
        const auto stabilities = module_stabilities(nets, o.threads());
        Found found{.results = sparsity_results(nets, spec),
                    .claims = sparsity_claims(nets),
                    .figures = sparsity_figures(nets)};
        found.results["stability"] = stability_results(stabilities);
        std::ranges::move(stability_figures(stabilities), std::back_inserter(found.figures));
        return found;
      });
}

}  // namespace

Experiment sparsity() { return {declare, run}; }

}  // namespace basin::experiments
