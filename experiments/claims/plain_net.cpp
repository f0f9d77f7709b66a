#include "experiments/claims/plain_net.h"

#include <algorithm>

namespace basin::experiments {
namespace {

bool hidden(const interp::ReluNet& net, std::int64_t layer) { return layer + 1 < net.layers(); }

double pre(const interp::ReluNet& net, std::int64_t l, std::int64_t i, std::span<const double> x) {
  double p = net.biases[l][i] * x.back();
  for (std::int64_t j = 0; j + 1 < std::ssize(x); ++j) p += net.weights[l](i, j) * x[j];
  return p;
}

}  // namespace

std::vector<Matrix> plain_nodes(const interp::ReluNet& net, const Matrix& x) {
  std::vector<Matrix> nodes;
  Matrix& first = nodes.emplace_back(Shape{x.rows(), x.cols() + 1}, 1.0);
  for (std::int64_t s = 0; s < x.rows(); ++s) std::ranges::copy(x.row(s), first.row(s).begin());
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const std::int64_t d = net.weights[l].rows();
    Matrix next({x.rows(), d + hidden(net, l)}, 1.0);
    for (std::int64_t s = 0; s < x.rows(); ++s)
      for (std::int64_t i = 0; i < d; ++i) {
        next(s, i) = pre(net, l, i, nodes.back().row(s));
        if (hidden(net, l) && !net.linear) next(s, i) = std::max(next(s, i), 0.0);
      }
    nodes.push_back(std::move(next));
  }
  return nodes;
}

Matrix plain_jacobian(const interp::ReluNet& net, const std::vector<Matrix>& nodes, std::int64_t sample,
                      std::int64_t from, std::int64_t to) {
  const std::int64_t d = nodes[from].cols();
  Matrix J({d, d});
  for (std::int64_t i = 0; i < d; ++i) J(i, i) = 1;
  for (std::int64_t l = from; l < to; ++l) {
    const std::int64_t out = net.weights[l].rows();
    Matrix next({out + hidden(net, l), d});
    for (std::int64_t i = 0; i < out; ++i) {
      if (hidden(net, l) && !net.linear && !(nodes[l + 1](sample, i) > 0)) continue;
      for (std::int64_t c = 0; c < d; ++c) {
        next(i, c) = net.biases[l][i] * J(J.rows() - 1, c);
        for (std::int64_t j = 0; j + 1 < J.rows(); ++j) next(i, c) += net.weights[l](i, j) * J(j, c);
      }
    }
    if (hidden(net, l)) std::ranges::copy(J.row(J.rows() - 1), next.row(out).begin());
    J = std::move(next);
  }
  return J;
}

bool fire_alike(const interp::ReluNet& a, const interp::ReluNet& b, const Matrix& x) {
  const std::vector<Matrix> in_a = plain_nodes(a, x), in_b = plain_nodes(b, x);
  for (std::int64_t l = 1; l < a.layers(); ++l)
    for (std::int64_t i = 0; i < in_a[l].size(); ++i)
      if ((in_a[l][i] > 0) != (in_b[l][i] > 0)) return false;
  return true;
}

}  // namespace basin::experiments
