// Does training make networks more degenerate, which kind does it, and what do width and weight decay do?
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
#include "experiments/training/training_findings.h"
#include "experiments/training/training_study_cost.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o(
      "degeneracy_training",
      "Trains networks of one hidden layer on several seeds and measures how their degeneracy changes with "
      "training, width and weight decay. Everything is reported with seeds and 95 % intervals; nothing is predicted.",
      {"degeneracy_training", "degeneracy_training --preset paper", "degeneracy_training --tasks digits --seeds 10"});
  o.add_words("tasks", "digits,blocks", "data sets by name");
  o.add_ints("widths", "8,32", "hidden neurons", 1, 100000);
  o.add_doubles("weight-decays", "0,1", "decoupled weight decays (AdamW)", 0);
  o.add_int("seeds", 5, "seeds 0 to this number", 2, 1000);
  o.add_ints("epochs", "0,5,20,60", "when to look; the last ends training", 0, 100000);
  o.add_int("rows", 100, "training rows on which J Jᵀ is measured", 1);
  o.add_int("bound-limit", 1300, "networks of at most so many parameters get the bound at a cut-off", 0);
  o.without("dtype").without("seed").without("json").add_shard();
  o.add_preset("quick", {{"seeds", "5"}, {"epochs", "0,5,20"}});
  o.add_preset("paper", {{"widths", "8,16,32,64,128"},
                         {"seeds", "10"},
                         {"rows", "200"},
                         {"epochs", "0,1,2,5,10,20,50,100"},
                         {"bound-limit", "3300"}});
  return o;
}

std::vector<StudySpec> study_specs(const Options& o) {
  std::vector<StudySpec> studies;
  for (const std::string& task : o.words("tasks")) {
    const StudySpec& s = studies.emplace_back(StudySpec{.data = task,
                                                        .widths = o.integers("widths"),
                                                        .weight_decays = o.numbers("weight-decays"),
                                                        .epochs = o.integers("epochs"),
                                                        .seeds = o.integer("seeds"),
                                                        .rows = o.integer("rows"),
                                                        .bound_limit = o.integer("bound-limit")});
    if (s.widths.empty() || s.weight_decays.empty() || s.epochs.empty() || !std::ranges::is_sorted(s.epochs))
      throw UsageError("degeneracy_training: give at least one width, one weight decay and ascending epochs");
    if (!all_differ(s.widths) || !all_differ(s.weight_decays) || !all_differ(s.epochs) || !all_differ(o.words("tasks")))
      throw UsageError("degeneracy_training: give each task, width, weight decay and epoch once");
  }
  if (studies.empty()) throw UsageError("--tasks: nothing given; wanted data sets by name, for example digits,blocks");
  return studies;
}

Found measure(const Options& o, const std::vector<StudySpec>& studies, RunDirectory& directory) {
  std::vector<StudyJob> jobs;
  for (const StudySpec& study : studies) std::ranges::move(study_jobs(study), std::back_inserter(jobs));
  const auto found = Items(o, directory)
                         .results(
                             "networks", std::ssize(jobs), [&](std::int64_t i) { return jobs[std::size_t(i)].name(); },
                             [&](std::int64_t i) { return study_job(jobs[std::size_t(i)]); });
  directory.end_shard();
  std::vector<StudyPoint> points;
  for (const auto& of_network : found) points.insert(points.end(), of_network.begin(), of_network.end());
  write_atomically(directory.metrics(), report::table_json_lines(points_table().json(points)));
  return {.results = training_results(points), .claims = study_claims(points), .figures = training_figures(points)};
}

Outcome run(const Options& o) {
  const std::vector<StudySpec> studies = study_specs(o);
  const auto nets =
      std::int64_t(studies.size() * studies[0].widths.size() * studies[0].weight_decays.size()) * studies[0].seeds;
  for (const StudySpec& study : studies) say_reading(o, nn::load_data(study.data, {}).train);
  say(o, fmt::format("{} networks, each trained for {} epochs", nets, studies[0].epochs.back()));
  say_cost(o, [&] { return study_cost(o, studies); });
  return run_study(
      o, "training",
      {.blas = blas_kernel(), .data = fmt::format("{}", fmt::join(o.words("tasks"), ",")), .data_hash = {}},
      [&](RunDirectory& directory) { return measure(o, studies, directory); });
}

}  // namespace

Experiment degeneracy_training() { return {declare, run}; }

}  // namespace basin::experiments
