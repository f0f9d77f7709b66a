// What `degeneracy_kinds` found: free directions of planted and random networks by kind.
#pragma once
#include <string>
#include <vector>

#include "experiments/claims/claim_nets.h"
#include "experiments/kinds/untouched.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"

namespace basin::experiments {

struct KindsFindings {
  std::vector<KindCounts> planted{};  // networks of a family stand together
  std::vector<UntouchedRow> untouched{};
};

// Means over the planted networks of one family, and in how many of them something holds.
struct FamilySummary {
  std::string name = {};
  int nets = 0, violations = 0, tight = 0, tight_with_conditional = 0, naive_too_large = 0;
  double parameters = 0, hidden = 0, free = 0;
  double low_rank = 0, gauge = 0, conditional = 0, unexplained = 0;  // add up to free
};

// In the order of the networks.
std::vector<FamilySummary> family_summaries(const std::vector<KindCounts>& nets);

// What the page shows (report.md): numbers, the tables "families" and "random", and those of the pictures.
report::Json kinds_results(const KindsFindings& findings);

// counts_by_kind, bound_against_truth, untouched_networks, slack_by_cause, and those of kinds_pictures.h.
std::vector<report::NamedFigure> kinds_figures(const KindsFindings& findings);

}  // namespace basin::experiments
