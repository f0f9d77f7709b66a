// The spectrum of J J^T at scale, and what is counted on it. J J^T = sum_l (F_l F_l^T) o (B_l B_l^T) with f~ and B of
// each layer (docs/theory.md §2), so the n k x N Jacobian is never held. The nonzero eigenvalues are those of J^T J.
//
// This is a Gram matrix: its eigenvalues are right to about 1e-16 of the largest, which is 1e-8 in singular values of
// J. Good for spectra and counts above a cut-off; integer ranks come from jacobian_spectrum.
#pragma once
#include "interp/jacobian/jacobian_tables.h"

namespace basin::interp {

// J J^T of the parameters of one layer each, as network.layers; [n k, n k], rows as in parameter_jacobian.
std::vector<Matrix> layer_jacobian_grams(const DenseNetwork& network, const Inputs& inputs,
                                         const SweepOptions& options = {});

// Their sum, the Gram matrix of all parameters. The Hessian of the behavioural loss has 2/n times its spectrum.
Matrix jacobian_gram(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});
Matrix jacobian_gram(const JacobianTables& tables, int threads);

// Eigenvalues of J^T J or J J^T, whichever is smaller, as spectrum gives them.
std::vector<double> gram_eigenvalues(const JacobianTables& tables, int threads);

// Eigenvalues of a positive semidefinite matrix, descending; those below 0, which rounding makes, become 0.
std::vector<double> spectrum(Matrix gram);

// How many eigenvalues exceed each cut-off a, and sum h / (h + a), the same count with a soft edge (docs/theory.md
// §1.4). Cut-offs are on the scale of the eigenvalues: multiply by the largest for relative ones. UsageError for a
// cut-off that is not positive.
struct EpsilonRank {
  double cutoff;
  std::int64_t count;
  double soft_count;
};
std::vector<EpsilonRank> epsilon_ranks(const std::vector<double>& eigenvalues, const std::vector<double>& cutoffs);
// The same at cut-offs relative to the first eigenvalue. None if no eigenvalue is positive.
std::vector<EpsilonRank> relative_epsilon_ranks(const std::vector<double>& eigenvalues, std::vector<double> epsilons);

}  // namespace basin::interp
