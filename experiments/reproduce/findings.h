// What `reproduce` found, and what its page shows of it.
#pragma once
#include <string>
#include <vector>

#include "experiments/claims/mixed_nets.h"
#include "experiments/cli/experiment.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/shared/training_run.h"
#include "experiments/training/training_degeneracy.h"
#include "interp/sweep/value_summaries.h"

namespace basin::experiments {

struct Part {              // another experiment that ran along
  std::string name, page;  // of its report, relative to this one
  Outcome outcome;
};

struct Findings {
  TrainingSpec spec{};
  std::int64_t train_rows = 0, test_rows = 0, analysis_rows = 0, spectrum_rows = 0;
  std::string data_name{}, data_source{};
  std::vector<nn::RunMetrics> history{};
  std::vector<interp::ValueSummary> values{};
  interp::DegeneracyReport final_network{};
  std::vector<CheckpointDegeneracy> training{};
  std::vector<interp::LayerSpectra> spectra{};
  std::vector<MixedNet> planted{};
  std::vector<Part> parts{};
  report::Json grokking{};  // results of modular_addition, and under "graph" those of its interaction_graph; or null
};

// What the page shows (report.md), beside what run_study adds of the claims.
report::Json reproduce_results(const Findings& findings);

// training_loss, test_accuracy, spectra_activations, spectra_gradients, spectra_jacobian (these share the scale of y),
// planted_free_directions, degeneracy_over_training.
std::vector<report::NamedFigure> reproduce_figures(const Findings& findings);

}  // namespace basin::experiments
