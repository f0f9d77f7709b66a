#include "experiments/seeds/seeds_study.h"

#include <fmt/format.h>

#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

Found measure(const Options& o, const nn::Split& data, RunDirectory& run) {
  const std::vector<nn::RunMetrics> last = run_training_of_seeds(o, data, run);
  const TrainingSpec spec = train_spec(o, data);
  SeedsFindings f{.widths = spec.mlp.widths,
                  .data = data.train.name,
                  .epochs = last[0].epoch,
                  .train_rows = data.train.size(),
                  .test_rows = data.test.size(),
                  .classes = data.train.classes};
  const std::vector<std::uint64_t> seeds = seeds_of(o);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    TrainedSeed& n = f.networks.emplace_back(TrainedSeed{.seed = seeds[i], .last = last[i]});
    if (f.epochs > 0) n.curve = nn::read_metrics(run.path() / seed_folder(seeds[i]));
  }
  return {.results = seeds_results(f), .claims = {}, .figures = seeds_figures(f)};
}

}  // namespace

int run_seeds(const Options& o, const nn::Split& data) {
  report::Json results;
  const Outcome outcome = run_study(o, "seeds", run_facts(data), [&](RunDirectory& directory) {
    Found found = measure(o, data, directory);
    results = found.results;
    return found;
  });
  if (o.flag("json")) {
    results["run"] = o.run_path().string();
    fmt::print("{}\n", results.dump());
  } else {
    fmt::print("{}\n\n{}\n{}\n", outcome.summary, report::table_text(results["means"]), outcome.report);
  }
  return outcome.exit_code;
}

}  // namespace basin::experiments
