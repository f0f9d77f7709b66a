// How degenerate a network is when it is too large for exact ranks (10^5 parameters): how many directions of
// parameter space the outputs notice, at every cut-off, from the curvature of the behavioural loss (docs/theory.md
// §1.5). Memory is linear in N, time a few hundred to a thousand passes over the data. For exact integers see
// interp/degeneracy/degeneracy.h.
#pragma once
#include "interp/layers/relu_net.h"
#include "interp/spectra/lanczos.h"
#include "interp/spectra/spectral_density.h"

namespace basin::interp {

struct ScaledOptions {
  std::vector<double> relative_cutoffs{1e-2, 1e-3, 1e-4, 1e-5, 1e-6};  // of the largest eigenvalue
  std::int64_t top = 10;                                               // largest eigenvalues
  std::int64_t probes = 10, steps = 80;
  std::uint64_t seed = 0;
  SweepOptions sweep{};  // its threads serve the probes too; its progress is not called
};

struct ScaledCount {
  double cutoff = 0, relative_cutoff = 0;  // of eigenvalues; of the largest
  SpectralSum soft{}, above{};             // soft_count and smooth_count
};

struct ScaledDegeneracy {
  std::int64_t parameters = 0, samples = 0, outputs = 0, probes = 0;
  LargestEigenvalues top{};  // of (2/n) J^T J
  std::vector<ScaledCount> counts{};
  SpectralDensity density{};  // down to a tenth of the smallest cut-off; empty if J is 0, and then all counts are 0

  // No more directions than this can be noticed on this data; where a count comes near, data are what is missing.
  // Probes are drawn on the smaller side of J, so that each gives a count of at most this; no sample of such numbers
  // has a mean and a standard error that add up to more.
  std::int64_t most_noticed() const { return std::min(parameters, samples * outputs); }
};

// x is [samples, d_0]. Errors: those of ReluNet::validate and of sweep; ShapeError if x does not fit; UsageError for
// cut-offs outside (0, 1) and those of lanczos_quadrature and largest_eigenvalues.
ScaledDegeneracy scaled_degeneracy(const ReluNet& net, const Matrix& x, const ScaledOptions& options = {});
// The same of its input "x", which may lie in a file.
ScaledDegeneracy scaled_degeneracy(const ReluNet& net, const Inputs& data, const ScaledOptions& options = {});

// The same of any traced model, of its Ends::output. UsageError also if it has none.
ScaledDegeneracy scaled_degeneracy(const ModelPoint& model, const Inputs& data, const ScaledOptions& options = {});

// One JSON object: parameters, samples, outputs, probes, most_noticed, largest_eigenvalues [{value, residual}],
// converged, counts [{cutoff, relative_cutoff, soft, soft_error, soft_unresolved, above, above_error,
// above_unresolved}], density [{h, per_decade, error}].
std::string to_json(const ScaledDegeneracy& result);

}  // namespace basin::interp
