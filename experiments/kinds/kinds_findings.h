// What `degeneracy_kinds` found: free directions of planted and random networks by kind, and how it is shown.
#pragma once
#include <string>
#include <vector>

#include "experiments/claims/kind_counts.h"
#include "experiments/kinds/untouched.h"

namespace basin::experiments {

struct KindsFindings {
  std::vector<KindCounts> planted{};  // networks of a family stand together
  std::vector<UntouchedRow> untouched{};
  std::vector<Claim> claims{};
  std::string command{};  // that makes all of it again
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

// figures/*.{csv,gp,svg}: counts_by_kind, bound_against_truth, untouched_networks, slack_by_cause, and those
// of kinds_pictures.h.
void write_kinds_figures(const KindsFindings& findings, const std::string& folder);

std::string kinds_summary(const KindsFindings& findings);

// One self-contained HTML file; reads the figures' svg from `figures`.
void write_kinds_report(const KindsFindings& findings, const std::string& figures, const std::string& path);

}  // namespace basin::experiments
