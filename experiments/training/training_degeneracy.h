// How degenerate a network is at each checkpoint of its training, at a grid of cut-offs (docs/theory.md §1).
#pragma once
#include <functional>

#include "experiments/shared/training_run.h"
#include "interp/degeneracy/degeneracy.h"
#include "interp/jacobian/gauss_newton.h"

namespace basin::experiments {

// Counts of eigenvalues above ε times the largest, one for each ε of the grid.
struct LayerCounts {
  std::vector<std::int64_t> activations, gradients;  // of G^l and K^{l+1}
};

struct CheckpointDegeneracy {
  std::int64_t epoch = 0;
  std::vector<interp::EpsilonRank> counts;  // of J J^T at the grid
  std::vector<LayerCounts> layers;
};

// Spectra of one network: descending eigenvalues, by layer.
struct LayerSpectra {
  std::string name;
  std::vector<double> activations, gradients, jacobian;  // of G^l, K^{l+1} and the layer's J J^T
};

inline const std::vector<double> epsilon_grid{1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12};

// One entry for each checkpoint; `done` is called after each with how many are done. J J^T is of the first
// `jacobian_rows` samples, which bound its rank by that number times the outputs; G and K are of all.
std::vector<CheckpointDegeneracy> degeneracy_over_training(const std::vector<Checkpoint>& checkpoints, const Matrix& x,
                                                           std::int64_t jacobian_rows, int threads,
                                                           const std::function<void(std::int64_t)>& done);

// epoch [c], epsilon [e], jacobian [c, e], soft_jacobian [c, e], activations [c, layers, e], gradients [c, layers, e].
void write_counts(const std::string& path, const std::vector<CheckpointDegeneracy>& training);

// J J^T is of the first `jacobian_rows` samples, G and K of all.
std::vector<LayerSpectra> layer_spectra(const interp::ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                                        int threads);

}  // namespace basin::experiments
