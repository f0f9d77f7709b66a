// Toy models of superposition: trained, read, and shown.
#include <fmt/format.h>

#include "core/blas.h"
#include "core/memory.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/items.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/study.h"
#include "experiments/shared/training_cost.h"
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

double step_seconds(const SuperpositionTask& task) {
  nn::TrainSpec endless = task.train;
  endless.epochs = Options::int_max;
  nn::Trainer<float> trainer(nn::superposition(task.network), endless, nn::feature_inputs(task.data));
  return seconds_per_step(trainer);
}

// A network of the phase diagram is as one of the starts, but for the number of its steps.
double phase_steps(const Options& o) {
  const std::int64_t samples = o.integer("samples"), batch = o.integer("batch");
  return double((samples + batch - 1) / batch * o.integer("phase-epochs"));
}

RunCost cost(const Options& o, const SuperpositionTask& task) {
  const double before = peak_memory(), step = step_seconds(task);
  const auto phases = double(phase_networks(o).size());
  return {.parts = {{fmt::format("{} network{} of {} features and {} hidden numbers, {} steps each, {:.3g} ms a step, "
                                 "measured",
                                 task.starts, task.starts == 1 ? "" : "s", task.network.features, task.network.hidden,
                                 task.steps(), 1000 * step),
                     dealt_seconds(o, double(task.starts), step * double(task.steps()))},
                    {fmt::format("{} networks of the phase diagram", phases),
                     dealt_seconds(o, phases, step * phase_steps(o))}},
          .bytes = (peak_memory() - before) * (o.threads() - 1)};
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
  say_cost(o, [&] { return cost(o, task); });
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
