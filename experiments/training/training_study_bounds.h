// Which kinds of degeneracy training adds to networks, and how much of it is explained at each cut-off.
#pragma once
#include "experiments/cli/claim_table.h"
#include "experiments/report/report.h"
#include "experiments/training/training_study.h"

namespace basin::experiments {

struct StudySetting {
  std::string data;
  std::int64_t width = 0;
  double weight_decay = 0;
  friend bool operator==(const StudySetting&, const StudySetting&) = default;
};

// Directions of one kind as a share of N, over seeds.
struct KindChange {
  StudySetting setting;
  double epsilon = 0;
  std::string kind;              // "low activations" … "unexplained", then "all": their sum
  double before = 0, after = 0;  // training, means
  Estimate change;               // after - before
};

// For every setting that has bounds before and after training, every cut-off and every kind.
std::vector<KindChange> kind_changes(const std::vector<StudyPoint>& points);

// bound / free, over seeds; 1 where nothing is free.
struct Tightness {
  StudySetting setting;
  double epsilon = 0;
  Estimate before, after;
};
std::vector<Tightness> tightness(const std::vector<StudyPoint>& points);

// The bounds of a point as named numbers: free_1e-04, bound_1e-04, low_activations_1e-04, …; none if it has no bounds.
std::vector<std::pair<std::string, std::int64_t>> bound_fields(const StudyPoint& point);

// A row on how often a bound exceeded what it bounds, which theory says is never.
void expect_bounds(ClaimTable& table, const std::vector<StudyPoint>& points);

// A sentence that begins with a space, on how much the bounds explain after training; empty without bounds.
std::string bound_summary(const std::vector<StudyPoint>& points);

// A section with tables, figures and sentences; nothing if no point has bounds.
void add_bounds(report::Report& report, const std::vector<StudyPoint>& points, const std::string& figures);

}  // namespace basin::experiments
