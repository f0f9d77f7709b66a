// The Jacobian J = d output / d theta over a data set, (n k) x N: row sample * k + output, column = place in the flat
// parameter vector. rank J is the rank of the Hessian of the behavioural loss (docs/theory.md §1.2).
#pragma once
#include "core/rank.h"
#include "interp/jacobian/jacobian_tables.h"

namespace basin::interp {

// From the layers' factors: the row of an output is the Kronecker product of f~^l and B^{l+1} (docs/theory.md §2).
// Holds n k N numbers.
Matrix parameter_jacobian(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});

// For any graph, output [rows, …]: by the engine (interp/jacobian/model_jacobian.h). Slow; it shares nothing with the
// factored way and checks it.
Matrix parameter_jacobian_by_engine(const ModelPoint& model, const std::string& output, const Inputs& inputs,
                                    const SweepOptions& options = {});

struct JacobianSpectrum {
  std::int64_t rows = 0, parameters = 0;  // n k and N
  std::vector<double> singular_values{};  // min(n k, N), descending
  RankDecision rank{};                    // with its spectral gap

  std::int64_t free_directions() const { return parameters - rank.rank; }
};

// Singular values, accurate relative to the largest, so that ranks can be decided at 1e-9. Small Jacobians by QR, in
// memory of O(min(n k, N) N). From product_svd_order on through the Gram matrix and products (core/product_svd.h), in
// O(n (sum d~_l + k sum d_{l+1}) + min(n k, N)^2) and a time that grows as min(n k, N)^3; values above 1e-5 of the
// largest are then right to 1e-10 of it only. Bit-equal for any number of threads.
JacobianSpectrum jacobian_spectrum(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {},
                                   double relative_tolerance = rank_tolerance);

// How the rank grows with the data: that of J on the first n samples of the inputs "x", for each n of `samples`.
std::vector<RankDecision> prefix_ranks(const DenseNetwork& network, const Matrix& x,
                                       std::span<const std::int64_t> samples, const SweepOptions& options = {});

// The same values from tables, by products; of no more than columns that are not zero.
std::vector<double> singular_values(const JacobianTables& J, double relative_tolerance, int threads);

// Of networks side by side: no output depends on another's parameters, so J is block-diagonal and its singular values
// are those of all. The rank has one cut-off, by the largest of all.
JacobianSpectrum joint_spectrum(std::span<const JacobianSpectrum> spectra, double relative_tolerance = rank_tolerance);

}  // namespace basin::interp
