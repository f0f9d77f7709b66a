// What `grokking_degeneracy` found: each measure over epochs and over the moments of training, what generalising
// changes with intervals over seeds, and how all that is shown (docs/theory.md §6.8).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "experiments/cli/claim_table.h"
#include "experiments/grokking/grokking_study.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"

namespace basin::experiments {

// A number of a network at a checkpoint: NaN where it was not measured.
struct GrokkingMeasure {
  std::string key{}, name{};
  int sign = 0;    // of a change to more degenerate: 1 for free directions, -1 for counts of what is left
  int digits = 0;  // behind the point, when shown
  std::function<double(const GrokkingPoint&)> value{};
};
// "free": exact free directions, N less the singular values of J above rounding; "free_1e-9": less those above the
// tolerance of ranks, the same where the rank is decided; "free_training"; "n_eff_0.01", …; "lambda", "quadratic";
// "lib", "lib_required", "pca", "pca_required": edges, effective and required. Those of which no point of these
// networks has a number are left out.
std::vector<GrokkingMeasure> grokking_measures(const std::vector<GrokkingNetwork>& networks);

// At each epoch of the grid: the mean over the networks that grokked, or over all if none did, with its 95 % interval;
// NaN where one of these has no number.
std::vector<Estimate> over_grid(const GrokkingFindings& findings, const GrokkingMeasure& measure);
// The same of a column of the curves.
std::vector<Estimate> over_grid(const GrokkingFindings& findings, const char* column);

// A change between two moments of the networks that grokked and have a number at both, paired by network.
struct GrokkingEffect : Paired {
  GrokkingMeasure measure{};
  Moment from{}, to{};
  std::int64_t doubtful = 0;  // λ̂ at either end that a verdict is against

  std::string title() const;  // "λ̂, memorised to generalised"
  // Does the network get more degenerate? "holds": the interval is on that side of 0; "does not hold": it is on the
  // other; else "undecided".
  std::string verdict() const;
};
// From memorised to generalised, and from there to the end, of every measure.
std::vector<GrokkingEffect> grokking_effects(const std::vector<GrokkingNetwork>& networks);

std::vector<Claim> grokking_claims(const std::vector<GrokkingNetwork>& networks);  // of these, all only measured
report::Json grokking_results(const GrokkingFindings& findings, const GrokkingSpec& spec);
std::string grokking_lines(const GrokkingFindings& findings);  // of metrics.jsonl: one for each point
// "grokking": panels over epochs; "aligned": the same over epochs relative to each network's generalising.
std::vector<report::NamedFigure> grokking_figures(const GrokkingFindings& findings);

}  // namespace basin::experiments
