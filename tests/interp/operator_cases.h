// Operators with known matrices, for the tests of what works by products alone.
#pragma once
#include "core/lapack.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/spectra/loss_derivatives.h"
#include "interp/spectra/operators.h"
#include "small_networks.h"

namespace basin::interp {

// The model with "loss": the mean square of its output against input "t".
inline ModelPoint with_mse(const ModelPoint& model, std::int64_t outputs) {
  return {{[trace = model.trace, outputs](Graph& graph, std::int64_t rows) {
            Ends ends = trace(graph, rows);
            ends.loss = graph.name(mse(ends.output, graph.input("t", {rows, outputs})), "loss");
            return ends;
          }},
          model.parameters};
}

// (2/n) J^T J, [N, N].
inline Matrix dense_gauss_newton(const DenseNetwork& network, const Inputs& inputs) {
  const Matrix J = parameter_jacobian(network, inputs);
  Matrix gram = matmul(J, J, true);
  for (double& v : gram.data) v *= 2.0 / double(inputs.begin()->second.shape[0]);
  return gram;
}

// Symmetric, with these eigenvalues and random eigenvectors.
inline Matrix planted_matrix(const std::vector<double>& eigenvalues) {
  const auto n = std::int64_t(eigenvalues.size());
  const Matrix vectors = svd(random_matrix(n, n, "planted")).U;
  Matrix scaled = vectors;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) scaled(i, j) *= eigenvalues[j];
  Matrix a = matmul(scaled, vectors, false, true);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i);
  return a;
}

// The same operator, which counts its products.
inline Operator counted(Operator op, std::int64_t& products) {
  const std::int64_t size = op.size;
  return {size, [op = std::move(op), &products](std::span<const double> v, std::span<double> out) {
            products += std::int64_t(v.size()) / op.size;
            op.apply(v, out);
          }};
}

inline std::vector<double> times(const Operator& op, std::span<const double> v) {
  std::vector<double> out(v.size());
  op.apply(v, out);
  return out;
}

}  // namespace basin::interp
