// Learning coefficients over training: λ̂ at each checkpoint of a run, the count of a quadratic basin of the same
// curvature, and the exact rank of the Jacobian (docs/theory.md §1.4, §6.4).
#pragma once
#include <map>
#include <tuple>

#include "experiments/llc/llc_study.h"
#include "experiments/llc_training/volume_count.h"
#include "interp/jacobian/model_spectrum.h"

namespace basin::experiments {

// What is known of a checkpoint beside its chains.
struct CheckpointCounts {
  std::optional<RankDecision> rank{};            // of J = d output / d θ; none above the limit
  std::int64_t rank_rows = 0;                    // n k of it
  std::vector<interp::Measured> volume_count{};  // N_eff at the ε of each nβ, by volume; none beyond ten parameters
};
inline auto fields(CheckpointCounts& c) { return std::tie(c.rank, c.rank_rows, c.volume_count); }

struct CheckpointLlc : CheckpointCounts {
  std::int64_t epoch = 0;
  double train_loss = NAN, test_loss = NAN, train_accuracy = NAN,
         test_accuracy = NAN;  // metrics.jsonl nearby; NaN where it says nothing
  LlcFindings found{};

  std::int64_t parameters() const { return found.curvature.dimension; }
};

struct TrainingLlc {
  std::string what{}, data{}, loss{};
  std::vector<CheckpointLlc> checkpoints{};  // by epoch
  std::vector<double> n_betas{};
};

// At most `most` of the checkpoints: first and last, and between them evenly in the logarithm of the epoch.
std::vector<nn::Checkpoint> chosen_checkpoints(const std::vector<nn::Checkpoint>& all, std::int64_t most);

// Those whose epochs are nearest to these, in their logarithm; each once, ascending.
std::vector<nn::Checkpoint> nearest_checkpoints(const std::vector<nn::Checkpoint>& all,
                                                const std::vector<std::int64_t>& epochs);

// J at a point, on as many evenly spaced rows as have three numbers of output for each parameter, or all.
interp::JacobianSpectrum exact_spectrum(const interp::ModelPoint& point, const Inputs& data, int threads);

report::Json training_llc_results(const TrainingLlc& training);
std::vector<report::NamedFigure> training_llc_figures(const TrainingLlc& training);

Experiment llc_training();

}  // namespace basin::experiments
