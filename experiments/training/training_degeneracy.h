// How degenerate a network is at each checkpoint of its training, at a grid of cut-offs (docs/theory.md §1).
#pragma once
#include <functional>

#include "experiments/shared/training_run.h"
#include "interp/degeneracy/degeneracy.h"
#include "interp/jacobian/layer_spectra.h"

namespace basin::experiments {

struct CheckpointDegeneracy : interp::SpectralCounts {  // at epsilon_grid
  std::int64_t epoch = 0;
};

inline const std::vector<double> epsilon_grid{1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12};

// One entry for each checkpoint; `done` is called after each with how many are done.
std::vector<CheckpointDegeneracy> degeneracy_over_training(const std::vector<nn::Checkpoint>& checkpoints,
                                                           const Matrix& x, std::int64_t jacobian_rows, int threads,
                                                           const std::function<void(std::int64_t)>& done);

// Their epoch [c], and the counts as interp::add_counts has them.
void write_counts(const std::string& path, const std::vector<CheckpointDegeneracy>& training);

}  // namespace basin::experiments
