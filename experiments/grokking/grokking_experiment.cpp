// Does a network that generalises get more degenerate, and when?
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/cli/experiment.h"
#include "experiments/grokking/grokking_cost.h"
#include "experiments/grokking/grokking_findings.h"
#include "experiments/shared/items.h"
#include "experiments/shared/rows.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/study.h"
#include "experiments/shared/training_run.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

Options declare() {
  Options o(
      "grokking_degeneracy",
      "How degenerate networks are along grokking: exact free directions, counts at cut-offs, learning "
      "coefficients and the sparsity of interactions at checkpoints of several networks of modular_addition, and "
      "what changes when they generalise, with 95 % intervals over seeds (docs/theory.md §6.8).",
      {"grokking_degeneracy --preset quick", "grokking_degeneracy runs/modular_addition/seed0",
       "grokking_degeneracy --preset paper --out runs/grokking", "grokking_degeneracy --resume --out runs/grokking"});
  o.add_string("run", "", "folder of modular_addition; empty: networks of its preset tiny are trained first");
  o.operand("run");
  o.add_ints("seeds", "0,1,2,3,4", "of the networks that are trained, without --run", 0);
  o.add_int("epochs", 8000, "of this training", 1, 10000000);
  o.add_words("parts", "rank,lambda,edges",
              "what is measured: rank, training (rank on the training pairs), lambda, edges");
  o.add_int("checkpoints", 8,
            "of each network: the start, and evenly in the logarithm of the epoch from --first on; the "
            "first that has memorised and the first that generalises are looked at beside them",
            2, 10000);
  o.add_int("first", 30, "epoch from which on", 1, 10000000);
  o.add_words("moments-only", "", "of these parts: at memorised, generalised and end alone, which costs less");
  o.add_int("rank-pairs", 0, "pairs on which rank is taken, evenly spaced; 0: all", 0, 100000000);
  add_sampling_options(o, "auto");
  o.without("json").add_shard();
  for (const auto& [name, value] : KeyValues{{"gamma", "10000"},
                                             {"chains", "4"},
                                             {"draws", "200"},
                                             {"warm-up", "200"},
                                             {"leapfrogs", "32"},
                                             {"dtype", "f32"}})
    o.change_default(name, value);
  o.add_preset("quick", {{"seeds", "0,1"},
                         {"checkpoints", "4"},
                         {"moments-only", "rank,lambda"},
                         {"rank-pairs", "128"},
                         {"draws", "40"},
                         {"warm-up", "16"}});
  o.add_preset("paper", {{"checkpoints", "5"}, {"moments-only", "rank,lambda"}, {"draws", "80"}, {"warm-up", "60"}});
  return o;
}

void check_resumable(const Options& o) {
  if (!o.flag("resume") || !fs::exists(o.run_path() / "manifest.json")) return;
  constexpr const char* keys[] = {"run",    "seeds",   "epochs",  "first", "checkpoints",   "rank-pairs",
                                  "n-beta", "gamma",   "sampler", "step",  "leapfrogs",     "batch",
                                  "chains", "warm-up", "draws",   "seed",  "share-batches", "no-control-variates",
                                  "dtype"};
  expect_same_options(o, keys);
}

GrokkingSpec spec_of(const Options& o) {
  GrokkingSpec spec{.parts = {}, .checkpoints = o.integer("checkpoints"), .first = o.integer("first")};
  spec.rank_pairs = o.integer("rank-pairs");
  for (const std::string& name : o.words("parts")) spec.parts.push_back(grokking_part_from(name));
  for (const std::string& name : o.words("moments-only")) spec.moments_only.push_back(grokking_part_from(name));
  if (spec.parts.empty() || !all_differ(spec.parts))
    throw UsageError(fmt::format("--parts: '{}' given; wanted some of rank, training, lambda, edges, each once",
                                 o.as_given("parts")));
  if (!o.text("run").empty()) o.require_unused({"seeds", "epochs"}, "--run has trained networks");
  if (o.text("run").empty() && o.shard().is_part())
    throw UsageError(
        "--shard wants the networks to be there; help: modular_addition --preset tiny trains them, in shards too, and "
        "--run names its folder");
  return spec;
}

// Refuses what does not fit.
LlcSettings sampling_of(const Options& o, const GrokkingRun& run) {
  const TokenTraining& first = run.trainings.front();
  LlcSettings settings =
      llc_settings(o, grokking_subject(first, (network_folder(run.folder, first) / "network.safetensors").string()));
  if (settings.n_betas.size() != 1)
    throw UsageError(fmt::format("--n-beta: '{}' given; wanted one value, or auto", o.as_given("n-beta")));
  settings.chains.threads = 1;
  return settings;
}

bool all_trained(const fs::path& folder, const Options& o) {
  return std::ranges::all_of(o.integers("seeds"), [&](std::int64_t seed) {
    return fs::exists(folder / "networks" / fmt::format("seed-{}", seed) / "network.safetensors");
  });
}

// Of the training that comes first, without --run.
std::vector<std::string> training_words(const Options& o) {
  return {"--preset",  "tiny",
          "--seeds",   o.as_given("seeds"),
          "--epochs",  o.as_given("epochs"),
          "--threads", std::to_string(o.threads())};
}

// The folder of the run to look at: --run, or one of the preset tiny inside this run, trained as far as it is not yet.
fs::path trained(const Options& o, const RunDirectory& directory) {
  if (!o.text("run").empty()) return o.text("run");
  const fs::path folder = directory.path() / "experiments" / "modular_addition";
  if (all_trained(folder, o)) return folder;
  std::vector<std::string> words = training_words(o);
  if (fs::exists(folder / "manifest.json")) words = {"--resume", "--threads", std::to_string(o.threads())};
  words.insert(words.end(), {"--out", folder.string()});
  if (o.flag("quiet")) words.push_back("--quiet");
  try {
    run_experiment(modular_addition(), words);
  } catch (const Interrupted&) {
    throw Interrupted("the networks' training is saved");
  }
  return folder;
}

Found measure(const Options& o, GrokkingSpec spec, RunDirectory& directory) {
  GrokkingRun run;
  directory.resumable([&] { run = grokking_run(trained(o, directory)); });
  spec.sampling = sampling_of(o, run);
  GrokkingFindings f = grokking_networks(run, spec);
  const std::vector<GrokkingItem> items = grokking_items(f, run, spec);
  say(o, fmt::format("{} networks, {} of which grokked; {} measurements at {} checkpoints", f.networks.size(),
                     f.grokked(), items.size(), f.points()));
  const auto at = [&](std::int64_t i) -> const GrokkingItem& { return items[std::size_t(i)]; };
  const std::vector<GrokkingPoint> points =
      Items(o, directory)
          .results(
              "measurements", std::ssize(items), [&](std::int64_t i) { return at(i).name; },
              [&](std::int64_t i) { return measured(at(i), run, spec); },
              [&](std::int64_t i) { return at(i).key(spec); });
  directory.end_shard();
  for (std::size_t i = 0; i < items.size(); ++i) add(f, items[i], points[i]);
  write_atomically(directory.metrics(), grokking_lines(f));
  return {.results = grokking_results(f, spec), .claims = grokking_claims(f.networks), .figures = grokking_figures(f)};
}

// With that of training before.
RunCost cost_with_training(const Options& o, const GrokkingSpec& spec) {
  const Experiment training = modular_addition();
  RunCost all = cost_of(training, training_words(o));
  all.add(grokking_cost(o, spec, modular_trainings(options_of(training, training_words(o)))));
  return all;
}

Outcome run(const Options& o) {
  const GrokkingSpec spec = spec_of(o);
  check_resumable(o);
  RunFacts facts{.blas = blas_kernel(), .data = "modular_addition --preset tiny"};
  if (o.text("run").empty()) {
    say_cost(o, [&] { return cost_with_training(o, spec); });
  } else {
    const GrokkingRun run = grokking_run(o.text("run"));
    sampling_of(o, run);
    facts = run_facts(run.data());
    say_cost(o, [&] { return grokking_cost(o, spec, run.trainings); });
  }
  return run_study(o, "grokking", facts, [&](RunDirectory& directory) { return measure(o, spec, directory); });
}

}  // namespace

Experiment grokking_degeneracy() { return {declare, run}; }

}  // namespace basin::experiments
