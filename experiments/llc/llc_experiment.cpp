// Local learning coefficients of a trained network: sampled, judged, and shown.
#include <fmt/format.h>

#include <algorithm>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/cli/exit_codes.h"
#include "experiments/cli/progress.h"
#include "experiments/llc/calibration.h"
#include "experiments/llc/llc_cost.h"
#include "experiments/llc/llc_study.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

void check_resumable(const Options& o) {
  if (!o.flag("resume") || !std::filesystem::exists(o.run_path() / "manifest.json")) return;
  constexpr const char* keys[] = {
      "run",     "weights",  "data",       "inputs",    "targets",       "epoch",
      "loss",    "restrict", "labels",     "rows",      "n-beta",        "gamma",
      "sampler", "step",     "leapfrogs",  "batch",     "share-batches", "no-control-variates",
      "chains",  "warm-up",  "keep-every", "responses", "seed",          "dtype",
      "network", "oracle"};
  expect_same_options(o, keys);
}

Found measure(const Options& o, const LlcSubject& subject, const LlcSettings& settings,
              const std::optional<LlcOracle>& oracle, RunDirectory& directory) {
  LlcFindings f;
  const auto folder = directory.path() / "checkpoints";
  directory.resumable([&] {
    Progress progress("chain-steps", 0, o.flag("quiet"));
    std::int64_t steps = 0;
    const auto update = [&](std::int64_t done, std::int64_t) { progress.update(steps = done); };
    if (settings.shard.is_part())
      llc_share(subject, settings, folder, update);
    else
      f = llc_sweep(subject, settings, folder, update);
    progress.finish(steps);
  });
  directory.end_shard();
  if (oracle) f.points[0].exact = oracle->exact;
  write_chains(f, (directory.path() / "arrays" / "chains.npz").string());
  const bool known = std::ranges::any_of(f.points, [](const LlcPoint& p) { return p.sampled.estimate.chains > 0; });
  return {.results = llc_results(f),
          .claims = {},
          .figures = llc_figures(f),
          .exit_code = known ? exit_ok : exit_numerical};
}

Found calibration(const Options& o, const LlcSubject& subject, const LlcSettings& settings) {
  Progress progress("trials", 0, o.flag("quiet"));
  std::int64_t trials = 0;
  const Calibration c =
      calibrate(subject, settings, [&](std::int64_t done, std::int64_t) { progress.update(trials = done); });
  progress.finish(trials);
  Found found{.results = calibration_results(c), .claims = {}, .figures = calibration_figures(c)};
  found.results["what"] = subject.what, found.results["data"] = subject.data;
  found.results["any"] = !found.figures.empty();
  return found;
}

// What a terminal has room for.
report::Json some_columns(report::Json table, const std::vector<std::string>& keys) {
  report::Json columns = report::Json::array();
  for (const auto& column : table["columns"])
    if (std::ranges::count(keys, column["key"].get<std::string>())) columns.push_back(column);
  table["columns"] = columns;
  return table;
}

std::string text_of(const report::Json& results, bool calibrated) {
  if (calibrated) return report::table_text(results["plateaus"]);
  std::string text =
      report::table_text(some_columns(results["points"], {"n_beta", "lambda", "error", "exact", "gauss_newton", "share",
                                                          "chains", "escaped", "draws", "ess", "r_hat", "healthy"}));
  if (results["doubts"] > 0) text += "\n" + report::table_text(results["doubtful"]);
  return text;
}

}  // namespace

Options llc_options() {
  Options o("llc",
            "Estimates the local learning coefficient of a trained network by sampling around it, with error bars, "
            "verdicts on what may be wrong, and the count of a quadratic basin beside it (docs/theory.md §6.4).",
            {"llc --run runs/train_mlp/digits-seed0", "llc --run runs/train_superposition/one-seed0 --n-beta grid",
             "llc --weights net.safetensors --inputs x.npy --loss behavioural --gamma 100",
             "llc --run runs/train_mlp/digits-seed0 --restrict 'layers.0.*' --standard-error 0.05",
             "llc --run runs/train_mlp/digits-seed0 --sampler sgld --batch 64 --calibrate",
             "llc --oracle crossing/1-1-t579"});
  add_subject_options(o);
  add_sampling_options(o, "auto");
  o.add_shard();
  o.add_string("oracle", "",
               "instead of a network, a loss whose exact value is known, by its name in llc_oracles --list");
  o.add_flag("responses",
             "how the mean loss under the posterior would answer if a class of the data, or a row, counted more "
             "(docs/theory.md §6.6); keeps every hundredth of the draws unless --keep-every says how many");
  o.add_flag("calibrate", "λ̂ over steps at each nβ, and the plateau on which it does not depend on the step");
  o.add_preset("quick", {{"chains", "4"}, {"draws", "200"}, {"warm-up", "200"}});
  o.add_preset("paper", {{"chains", "16"}, {"draws", "4000"}, {"warm-up", "1000"}, {"n-beta", "grid"}});
  return o;
}

int run_llc(const Options& o) {
  check_resumable(o);
  std::optional<LlcOracle> oracle;
  if (!o.text("oracle").empty()) oracle = llc_oracle(o);
  const LlcSubject subject = oracle ? oracle->subject : llc_subject(o);
  LlcSettings settings = oracle ? oracle->settings : llc_settings(o, subject);
  settings.shard = o.shard();
  const bool calibrates = o.flag("calibrate");
  if (calibrates)
    o.require_unused({"step", "standard-error", "most-draws", "keep-every", "responses", "shard"},
                     "--calibrate tries steps of its own");
  if (settings.shard.is_part())
    o.require_unused({"standard-error"}, "how many draws it takes is for all chains together to decide, and --shard " +
                                             o.text("shard") + " has some of them");
  say_cost(o, [&] {
    RunCost cost = calibrates ? calibration_cost(subject, settings, calibration_trials) : llc_cost(subject, settings);
    for (CostPart& part : cost.parts) part.seconds /= double(settings.shard.count);
    return cost;
  });
  report::Json results;
  const Outcome outcome = run_study(
      o, calibrates ? "llc_calibration" : "llc", {.blas = blas_kernel(), .data = subject.data, .data_hash = {}},
      [&](RunDirectory& directory) {
        directory.arrays();
        directory.checkpoints();
        Found found = calibrates ? calibration(o, subject, settings) : measure(o, subject, settings, oracle, directory);
        results = found.results;
        return found;
      });
  if (o.flag("json")) {
    results["run"] = o.run_path().string();
    fmt::print("{}\n", results.dump());
  } else {
    fmt::print("{}\n\n{}\n{}\n", outcome.summary, text_of(results, calibrates), outcome.report);
  }
  return outcome.exit_code;
}

}  // namespace basin::experiments
