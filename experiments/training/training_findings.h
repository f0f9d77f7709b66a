// What `degeneracy_training` found: effects of training, width and weight decay with intervals, the kinds of degeneracy
// that training adds, how much of it is explained at each cut-off, and how all that is shown.
#pragma once
#include <compare>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "experiments/cli/claim_table.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/training/training_degeneracy.h"
#include "experiments/training/training_study.h"

namespace basin::experiments {

constexpr std::size_t effect_epsilon = 3;  // of epsilon_grid: 1e-4, the cut-off of effects
inline double share_below(const StudyPoint& p) { return p.free_share[effect_epsilon]; }

struct StudySetting {
  std::string data;
  std::int64_t width = 0;
  double weight_decay = 0;
  friend auto operator<=>(const StudySetting&, const StudySetting&) = default;

  std::string name() const;  // "digits, width 8, weight decay 0"
};
StudySetting setting_of(const StudyPoint& point);

// The networks of a setting at one time, by seed.
std::vector<StudyPoint> networks_at(const std::vector<StudyPoint>& points, const StudySetting& setting,
                                    std::int64_t epoch);
// Those of the least weight decay after training.
std::vector<StudyPoint> trained(const std::vector<StudyPoint>& points, const std::string& task, std::int64_t width);

// A difference between two settings or times that share seeds, of the share of directions below the cut-off.
struct Effect : Paired {
  std::string title{};

  std::string reading() const;
};

// Training (last epoch against first), weight decay (largest against smallest) and width (largest against smallest),
// for every task.
std::vector<Effect> study_effects(const std::vector<StudyPoint>& points);

// The same as rows of claims.json, where nothing is predicted; and the bounds at a cut-off, which are, if there are
// any.
std::vector<Claim> study_claims(const std::vector<StudyPoint>& points);

// A row on how often a bound exceeded what it bounds, which theory says is never.
void expect_bounds(ClaimTable& table, const std::vector<StudyPoint>& points);

// Directions of one kind as a share of N before and after training, over seeds.
struct KindChange : Paired {
  StudySetting setting{};
  double epsilon = 0;
  std::string kind{};  // "low activations" … "unexplained", then "all": their sum
};

// For every setting that has bounds before and after training, every cut-off of bound_grid and every kind.
std::vector<KindChange> kind_changes(const std::vector<StudyPoint>& points);
// Those of one setting and cut-off.
std::vector<KindChange> kinds_at(const std::vector<KindChange>& changes, const StudySetting& setting, double epsilon);

// bound / free, over seeds; 1 where nothing is free. Intervals end at 1.
struct Tightness {
  StudySetting setting;
  double epsilon = 0;
  Estimate before, after;
};
std::vector<Tightness> tightness(const std::vector<StudyPoint>& points);

// Everything measured, a row for each network and time; bounds by name: free_1e-04, bound_1e-04, low_gradients_1e-04, …
report::Table<StudyPoint> points_table();

// What the page shows (report.md).
report::Json training_results(const std::vector<StudyPoint>& points);

// For each task TASK_share_below, TASK_low_rank, TASK_dead, TASK_loss over epochs and TASK_cut_off; for the i-th
// setting that has bounds kinds_I_before and kinds_I_after.
std::vector<report::NamedFigure> training_figures(const std::vector<StudyPoint>& points);

}  // namespace basin::experiments
