// What a training study says: effects with intervals, figures and a report page.
#pragma once
#include "experiments/cli/claims.h"
#include "experiments/training/training_degeneracy.h"
#include "experiments/training/training_study.h"

namespace basin::experiments {

// A difference between two settings that share seeds, and the cut-off it is measured at.
struct Effect {
  std::string title;
  Estimate difference;  // over seeds, of the share of directions below ε
  double before = 0, after = 0;
};

// Training (last epoch against first), weight decay (largest against smallest) and width (largest against smallest),
// for every task, at ε = 1e-4.
std::vector<Effect> study_effects(const std::vector<StudyPoint>& points);

// The same as rows of claims.json, where nothing is predicted; and the bounds at a cut-off, which are, if there are
// any.
std::vector<Claim> study_claims(const std::vector<StudyPoint>& points);

// What was found, in a few sentences.
std::string study_summary(const std::vector<StudyPoint>& points);

void write_study_report(const std::vector<StudyPoint>& points, const std::vector<Claim>& claims,
                        const std::string& figures, const std::string& path);

}  // namespace basin::experiments
