#include "experiments/claims/dense_curvature.h"

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/direct_jacobian.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

constexpr double h = 1e-4;  // of parameters; kinks are a hundred times as far

// (L(++) - L(+-) - L(-+) + L(--)) / (2 h)^2, on the diagonal with a step of 2 h.
Matrix second_differences(const ClaimNet& net, const Matrix& targets) {
  const std::int64_t N = net.net.parameters();
  const auto loss = [&](std::int64_t i, double to_i, std::int64_t j, double to_j) {
    std::vector<double> direction(std::size_t(N), 0.0);
    direction[std::size_t(i)] += to_i, direction[std::size_t(j)] += to_j;
    return interp::plain_loss(interp::moved(net.net, direction, h), net.x, targets);
  };
  Matrix H({N, N});
  for (std::int64_t i = 0; i < N; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      H(i, j) = (loss(i, 1, j, 1) - loss(i, 1, j, -1) - loss(i, -1, j, 1) + loss(i, -1, j, -1)) / (4 * h * h);
  mirror_lower(H, 0, N);
  return H;
}

}  // namespace

DenseCurvature dense_curvature(const ClaimNet& net, Rng& rng) {
  DenseCurvature c{.net = far_from_kinks(net, 100 * h), .targets = {}, .gauss_newton = {}, .hessian = {}};
  c.targets = normal_matrix(c.net.x.rows(), net.net.widths().back(), rng);
  const Matrix J = difference_jacobian(c.net);
  c.gauss_newton = matmul(J, J, true, false);
  for (double& v : c.gauss_newton.data) v *= 2 / double(c.net.x.rows());
  c.hessian = second_differences(c.net, c.targets);
  return c;
}

}  // namespace basin::experiments
