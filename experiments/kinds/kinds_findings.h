// What `degeneracy_kinds` found: free directions of planted and random networks by kind.
#pragma once
#include <string>
#include <vector>

#include "experiments/claims/claim_nets.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {

// Free directions of random networks beyond one rescaling for each hidden neuron, averages over `nets` networks: all of
// them, what (*) explains, what conditional ranks add, what is left.
struct UntouchedRow {
  std::vector<std::int64_t> widths{};
  std::int64_t parameters = 0;
  int nets = 0;
  double beyond_rescaling = 0, explained = 0, conditional = 0, unexplained = 0;
  int violations = 0;       // networks where either bound exceeds N - rank J; a bound that fails once is none
  double smallest_gap = 0;  // of rank J
};
// nn::random_net on 1000 inputs, of widths 3-5-2, 4-6-6-3, 6-4-4-2, 2-6-6-1, 1-8-8-1 and 5-5-5-5-3.
std::vector<UntouchedRow> measure_untouched(const ClaimSettings& settings, int nets);

struct KindsFindings {
  std::vector<KindCounts> planted{};  // networks of a family stand together
  std::vector<UntouchedRow> untouched{};
};

// Planted networks that have their name in common, in the order in which they come.
using Family = std::vector<KindCounts>;
std::vector<Family> families(const std::vector<KindCounts>& nets);

// The mean over a family's networks of a member or function of each.
template <class Count>
auto family_mean(const Count& count) {
  return [count](const Family& family) { return double(total(family, count)) / double(family.size()); };
}

// What the page shows (report.md): numbers, the tables "families" and "random", and those of the pictures.
report::Json kinds_results(const KindsFindings& findings);

// counts_by_kind, bound_against_truth, untouched_networks, slack_by_cause, and those of kinds_pictures.h.
std::vector<report::NamedFigure> kinds_figures(const KindsFindings& findings);

}  // namespace basin::experiments
