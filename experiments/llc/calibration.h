// Which step, at which nβ: λ̂ over both, and the plateau on which it does not depend on the step, found and not
// eyeballed.
#pragma once
#include "experiments/llc/llc_study.h"

namespace basin::experiments {

// λ̂ with one step. Steps are shares of the longest that is stable where the curvature is largest: of sgld 4 / (nβ h +
// γ), of momenta 2 / sqrt(nβ h + γ).
struct StepTrial {
  double share = 0, step = 0;
  double lambda = 0, error = 0, r_hat = 0;
  bool usable = false;  // no chain diverged or escaped, R̂ at most 1.05
};

// The longest row of neighbouring usable steps whose λ̂ agree: each within three standard errors, both errors counted,
// of the mean of the others, weighted. Fewer than three steps are no plateau.
struct Plateau {
  bool found = false;
  std::size_t first = 0, last = 0;  // in the trials, which ascend by step
  double lambda = 0, error = 0;
  double step = 0;  // recommended: the middle of its steps on a logarithmic scale, rounded to a trial
};
Plateau plateau_of(const std::vector<StepTrial>& trials);

struct Calibration {
  struct Row {
    double n_beta = 0;
    std::vector<StepTrial> trials{};
    Plateau plateau{};
  };
  std::vector<Row> rows{};  // by nβ
  bool settled() const;     // every nβ has a plateau
};

inline constexpr std::int64_t calibration_trials = 7;  // steps at each nβ

// Interrupted after SIGINT or SIGTERM.
Calibration calibrate(const LlcSubject& subject, const LlcSettings& settings,
                      const std::function<void(std::int64_t done, std::int64_t all)>& progress);

report::Json calibration_results(const Calibration& calibration);
std::vector<report::NamedFigure> calibration_figures(const Calibration& calibration);

}  // namespace basin::experiments
