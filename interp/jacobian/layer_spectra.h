// What a network's activations, gradients and Jacobian look like as spectra, and how many directions of each are above
// cut-offs relative to the largest (docs/theory.md §1). J J^T is of the first `jacobian_rows` samples, which bound its
// rank by that number times the outputs; G and K are of all samples x [n, d_0].
#pragma once
#include "core/npz.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Descending eigenvalues.
struct LayerSpectra {
  std::string name;
  std::vector<double> activations, gradients, jacobian;  // of G^l, K^{l+1} and the layer's J J^T
};
std::vector<LayerSpectra> layer_spectra(const ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                                        const SweepOptions& options = {});

// Counts of eigenvalues above ε times the largest, one for each ε asked for.
struct LayerCounts {
  std::vector<std::int64_t> activations, gradients;  // of G^l and K^{l+1}
};
struct SpectralCounts {
  std::vector<EpsilonRank> counts{};  // of J J^T
  std::vector<LayerCounts> layers{};
};
SpectralCounts spectral_counts(const ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                               const std::vector<double>& epsilons, const SweepOptions& options = {});
// Of networks of one shape, for example of one at several times: epsilon [e], jacobian [networks, e], soft_jacobian
// [networks, e], activations [networks, layers, e], gradients [networks, layers, e].
void add_counts(NpzWriter& file, const std::vector<SpectralCounts>& networks, const std::vector<double>& epsilons);

}  // namespace basin::interp
