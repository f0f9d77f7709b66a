// Does training make networks more degenerate, which kind does it, and what do width and weight decay do?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/blas.h"
#include "core/json_lines.h"
#include "experiments/cli/claims.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/run_directory.h"
#include "experiments/training/training_study_bounds.h"
#include "experiments/training/training_study_report.h"

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
  o.without("dtype").without("seed").without("resume");
  o.add_preset("quick", {{"seeds", "5"}, {"epochs", "0,5,20"}});
  o.add_preset("paper", {{"widths", "8,16,32,64,128"},
                         {"seeds", "10"},
                         {"rows", "200"},
                         {"epochs", "0,1,2,5,10,20,50,100"},
                         {"bound-limit", "3300"}});
  return o;
}

StudySpec study_spec(const Options& o, const std::string& task) {
  StudySpec s{.data = task,
              .widths = o.integers("widths"),
              .weight_decays = o.numbers("weight-decays"),
              .epochs = o.integers("epochs"),
              .seeds = o.integer("seeds"),
              .rows = o.integer("rows"),
              .bound_limit = o.integer("bound-limit")};
  if (s.widths.empty() || s.weight_decays.empty() || s.epochs.empty() || !std::ranges::is_sorted(s.epochs))
    throw UsageError("degeneracy_training: give at least one width, one weight decay and ascending epochs");
  return s;
}

void write_points(const std::string& path, const std::vector<StudyPoint>& points) {
  JsonLines lines(path, false);
  for (const StudyPoint& p : points) {
    std::vector<std::pair<std::string, JsonValue>> fields{{"data", p.data},
                                                          {"width", p.width},
                                                          {"weight_decay", p.weight_decay},
                                                          {"seed", p.seed},
                                                          {"epoch", p.epoch},
                                                          {"parameters", p.parameters},
                                                          {"test_loss", p.test_loss},
                                                          {"accuracy", p.accuracy},
                                                          {"low_rank_share", p.low_rank_share},
                                                          {"dead_share", p.dead_share},
                                                          {"on_share", p.on_share}};
    for (std::size_t e = 0; e < epsilon_grid.size(); ++e) {
      fields.emplace_back(fmt::format("free_share_{:g}", epsilon_grid[e]), p.free_share[e]);
      fields.emplace_back(fmt::format("soft_count_{:g}", epsilon_grid[e]), p.soft_count[e]);
    }
    for (const auto& [name, count] : bound_fields(p)) fields.emplace_back(name, count);
    lines.write(fields);
  }
}

Outcome run(const Options& o) {
  std::vector<StudySpec> studies;
  for (const std::string& task : o.words("tasks")) studies.push_back(study_spec(o, task));
  if (studies.empty()) throw UsageError("--tasks: nothing given; wanted data sets by name, for example digits,blocks");
  const auto nets =
      std::int64_t(studies.size() * studies[0].widths.size() * studies[0].weight_decays.size()) * studies[0].seeds;
  double minutes = 0;
  for (const StudySpec& study : studies) minutes += expected_minutes(study, o.threads());  // refuses unknown data
  RunDirectory directory(
      o, {.blas = blas_kernel(), .data = fmt::format("{}", fmt::join(o.words("tasks"), ",")), .data_hash = {}});
  say(o, fmt::format("{} networks, each trained for {} epochs; {}", nets, studies[0].epochs.back(), about(minutes)));
  Progress progress("networks", nets, o.flag("quiet"));
  std::vector<StudyPoint> points;
  std::int64_t before = 0;
  for (const StudySpec& study : studies) {
    const auto found = study_training(study, o.threads(), [&](std::int64_t done) { progress.update(before + done); });
    points.insert(points.end(), found.begin(), found.end());
    before += nets / std::int64_t(studies.size());
  }
  progress.finish(nets);
  write_points(directory.metrics(), points);
  const std::vector<Claim> claims = study_claims(points);
  write_claims_json(directory.claims(), claims);
  write_study_report(points, claims, directory.figures(), directory.report());
  directory.finish(claims_exit_code(claims));
  return {claims, study_summary(points), std::filesystem::absolute(directory.report()).string()};
}

}  // namespace

Experiment degeneracy_training() { return {declare, run}; }

}  // namespace basin::experiments
