// Toy models of superposition: trained, read, and shown.
#include <fmt/format.h>

#include <chrono>

#include "core/blas.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/items.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/study.h"
#include "experiments/superposition/superposition_study.h"

namespace basin::experiments {
namespace {

RunFacts facts_of(const SuperpositionTask& task) {
  return {.blas = blas_kernel(), .data = task.data.source, .data_hash = nn::content_hash(task.data)};
}

// More starts and another phase diagram may be asked of a run that goes on.
void check_resumable(const Options& o, const RunFacts& facts) {
  if (!o.flag("resume") || !std::filesystem::exists(o.run_path() / "manifest.json")) return;
  std::vector<const char*> keys{"features", "hidden", "law",  "sparsity", "init-deviation", "samples",
                                "batch",    "lr",     "seed", "schedule", "log-every",      "checkpoints-per-decade",
                                "dtype"};
  if (o.text("schedule") == "cosine") keys.push_back("epochs");
  expect_same_options(o, keys);
  expect_same_data(o.run_path(), facts);
}

// From a few steps of one network that is thrown away.
double seconds_per_step(const SuperpositionTask& task) {
  nn::Trainer<float> trainer(nn::superposition(task.network), task.train, nn::feature_inputs(task.data));
  using Clock = std::chrono::steady_clock;
  trainer.step();  // plans the program
  const auto before = Clock::now();
  std::int64_t steps = 0;
  for (; steps < 20; ++steps) {
    if (trainer.epoch_ended()) trainer.end_epoch();
    trainer.step();
  }
  return std::chrono::duration<double>(Clock::now() - before).count() / double(steps);
}

void say_cost(const Options& o, const SuperpositionTask& task) {
  if (o.flag("quiet")) return;
  const std::int64_t rounds = (task.starts + o.threads() - 1) / o.threads();
  const double step = seconds_per_step(task), minutes = step * double(task.steps() * rounds) / 60;
  say(o, fmt::format(
             "{} network{} of {} features and {} hidden numbers, {} steps each, {:.3g} ms a step, measured: {}; "
             "then {} for the phase diagram{}",
             task.starts, task.starts == 1 ? "" : "s", task.network.features, task.network.hidden, task.steps(),
             1000 * step, about(minutes), phase_networks(o).size(), o.flag("resume") ? "; less what is done" : ""));
}

Found measure(const Options& o, const SuperpositionTask& task, RunDirectory& directory) {
  SuperpositionFindings f{.task = task,
                          .critical = task.critical(),
                          .phase_features = o.integer("phase-features"),
                          .importance = o.number("importance")};
  Items items(o, directory);
  const std::vector<std::int64_t> starts = items.deal(task.starts);
  const std::int64_t all_steps = std::ssize(starts) * task.steps();
  directory.resumable([&] {
    Progress training("steps", all_steps, o.flag("quiet"));
    train_starts(task, starts, o, directory.path(), directory.resumed(),
                 [&](std::int64_t steps) { training.update(steps); });
    training.finish(all_steps);
  });
  if (const std::vector<PhaseNetwork> networks = phase_networks(o); !networks.empty()) {
    const auto at = [&](std::int64_t i) -> const PhaseNetwork& { return networks[std::size_t(i)]; };
    f.phases = items.results(
        "phase diagram", std::ssize(networks), [&](std::int64_t i) { return at(i).name(); },
        [&](std::int64_t i) { return train_phase(at(i), o); }, [&](std::int64_t i) { return at(i).key(o); });
  }
  directory.end_shard();
  f.phases = best_of_starts(f.phases, o);
  for (std::int64_t start = 0; start < task.starts; ++start)
    f.networks.push_back(read_start(task, directory.path(), start));
  return {.results = superposition_results(f), .claims = {}, .figures = superposition_figures(f)};
}

}  // namespace

int run_superposition(const Options& o) {
  const SuperpositionTask task = superposition_task(o);
  const RunFacts facts = facts_of(task);
  check_resumable(o, facts);
  say_cost(o, task);
  report::Json results;
  const Outcome outcome = run_study(o, "superposition", facts, [&](RunDirectory& directory) {
    Found found = measure(o, task, directory);
    results = found.results;
    return found;
  });
  if (o.flag("json")) {
    results["run"] = o.run_path().string();
    fmt::print("{}\n", results.dump());
  } else {
    fmt::print("{}\n\n{}\n{}\n", outcome.summary, report::table_text(results["states"]), outcome.report);
  }
  return outcome.exit_code;
}

}  // namespace basin::experiments
