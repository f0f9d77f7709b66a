// What `reproduce` found, and how it is shown: figures and a report whose words are made from the numbers.
#pragma once
#include <string>
#include <vector>

#include "experiments/claims/degeneracy_claims.h"
#include "experiments/claims/mixed_nets.h"
#include "experiments/cli/experiment.h"
#include "experiments/shared/training_run.h"
#include "experiments/training/training_degeneracy.h"

namespace basin::experiments {

struct ValueSummary {  // of an activation or a gradient, over the data
  std::string name;
  Shape shape;
  double root_mean_square = 0, share_of_zeros = 0;
};

struct Part {              // another experiment that ran along
  std::string name, page;  // of its report, relative to this one
  Outcome outcome;
};

struct Findings {
  TrainingSpec spec{};
  std::int64_t train_rows = 0, test_rows = 0, analysis_rows = 0, spectrum_rows = 0;
  std::string data_name{}, data_source{};
  std::vector<RunMetrics> history{};
  std::vector<ValueSummary> values{};
  interp::DegeneracyReport final_network{};
  std::vector<CheckpointDegeneracy> training{};
  std::vector<LayerSpectra> spectra{};
  std::vector<MixedNet> planted{};
  std::vector<Claim> claims{};
  std::vector<Part> parts{};
};

// figures/*.{csv,gp,svg}: training_loss, test_accuracy, spectra_activations, spectra_gradients, spectra_jacobian,
// planted_free_directions, degeneracy_over_training.
void write_figures(const Findings& findings, const std::string& folder);

// One self-contained HTML file; reads the figures' svg from `figures`.
void write_report(const Findings& findings, const std::string& figures, const std::string& path);

}  // namespace basin::experiments
