#include "experiments/claims/direct_jacobian.h"

#include <cmath>

#include "core/lapack.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

// Calls column(i, e_i) for each parameter.
template <class Column>
void for_unit_vectors(std::int64_t parameters, const Column& column) {
  std::vector<double> unit(std::size_t(parameters), 0.0);
  for (std::int64_t i = 0; i < parameters; ++i) {
    unit[std::size_t(i)] = 1;
    column(i, unit);
    unit[std::size_t(i)] = 0;
  }
}

}  // namespace

Matrix difference_jacobian(const ClaimNet& net) {
  constexpr double h = 1e-6;
  const auto outputs = [&](std::span<const double> v, double step) {
    return interp::plain_pre_activations(interp::moved(net.net, v, step), net.x).back();
  };
  Matrix J({net.x.rows() * net.net.widths().back(), net.net.parameters()});
  for_unit_vectors(J.cols(), [&](std::int64_t i, std::span<const double> unit) {
    const Matrix up = outputs(unit, h), down = outputs(unit, -h);
    for (std::int64_t r = 0; r < J.rows(); ++r) J(r, i) = (up[r] - down[r]) / (2 * h);
  });
  return J;
}

Matrix derivative_along(const ClaimNet& net, std::span<const double> v) {
  const std::vector<Matrix> pre = interp::plain_pre_activations(net.net, net.x);
  Matrix f = net.x, moved(net.x.shape);  // what enters the layer, and its change
  const double* change = v.data();       // of the layer's weight [in, out] and bias
  for (std::int64_t l = 0; l < net.net.layers(); ++l) {
    const Matrix& w = net.net.weights[l];
    const std::int64_t in = w.cols(), out = w.rows();
    Matrix next = pre[std::size_t(l)], next_moved(next.shape);
    for (std::int64_t s = 0; s < next.rows(); ++s)
      for (std::int64_t i = 0; i < out; ++i) {
        const bool rests = l + 1 < net.net.layers() && !net.net.linear && !(next(s, i) > 0);
        double total = net.net.has_bias(l) ? change[in * out + i] : 0;
        for (std::int64_t j = 0; j < in; ++j) total += change[j * out + i] * f(s, j) + w(i, j) * moved(s, j);
        next_moved(s, i) = rests ? 0 : total;
        if (rests) next(s, i) = 0;
      }
    change += net.net.parameters(l);
    f = std::move(next), moved = std::move(next_moved);
  }
  return moved;
}

Matrix chain_rule_jacobian(const ClaimNet& net) {
  Matrix J({net.x.rows() * net.net.widths().back(), net.net.parameters()});
  for_unit_vectors(J.cols(), [&](std::int64_t i, std::span<const double> unit) {
    const Matrix column = derivative_along(net, unit);
    for (std::int64_t r = 0; r < J.rows(); ++r) J(r, i) = column[r];
  });
  return J;
}

std::vector<double> squared_values(const Matrix& a) {
  std::vector<double> values = singular_values(a);
  for (double& s : values) s *= s;
  return values;
}

}  // namespace basin::experiments
