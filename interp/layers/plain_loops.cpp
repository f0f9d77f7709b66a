#include "interp/layers/plain_loops.h"

#include <algorithm>

namespace basin::interp {

std::vector<Matrix> plain_pre_activations(const ReluNet& net, const Matrix& x) {
  std::vector<Matrix> all;
  Matrix f = x;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const Matrix& w = net.weights[l];
    Matrix p({f.rows(), w.rows()});
    for (std::int64_t s = 0; s < p.rows(); ++s)
      for (std::int64_t i = 0; i < p.cols(); ++i) {
        p(s, i) = net.has_bias(l) ? net.biases[l][i] : 0;
        for (std::int64_t j = 0; j < w.cols(); ++j) p(s, i) += f(s, j) * w(i, j);
      }
    f = all.emplace_back(std::move(p));
    if (!net.linear)
      for (double& v : f.data) v = std::max(v, 0.0);
  }
  return all;
}

std::vector<Matrix> plain_nodes(const ReluNet& net, const Matrix& x) {
  std::vector<Matrix> nodes{x};
  for (Matrix& p : plain_pre_activations(net, x)) nodes.push_back(std::move(p));
  for (std::size_t l = 0; l + 1 < nodes.size(); ++l) {
    Matrix with_one({nodes[l].rows(), nodes[l].cols() + 1}, 1.0);
    for (std::int64_t s = 0; s < x.rows(); ++s)
      for (std::int64_t i = 0; i < nodes[l].cols(); ++i)
        with_one(s, i) = l == 0 || net.linear ? nodes[l](s, i) : std::max(nodes[l](s, i), 0.0);
    nodes[l] = std::move(with_one);
  }
  return nodes;
}

Matrix plain_jacobian(const ReluNet& net, const std::vector<Matrix>& nodes, std::int64_t sample, std::int64_t from,
                      std::int64_t to) {
  const std::int64_t d = nodes[from].cols();
  Matrix J({d, d});
  for (std::int64_t i = 0; i < d; ++i) J(i, i) = 1;
  for (std::int64_t l = from; l < to; ++l) {
    const std::int64_t out = net.weights[l].rows();
    Matrix next({out + (l + 1 < net.layers()), d});
    for (std::int64_t i = 0; i < out; ++i) {
      if (l + 1 < net.layers() && !net.linear && !(nodes[l + 1](sample, i) > 0)) continue;
      for (std::int64_t c = 0; c < d; ++c) {
        next(i, c) = net.biases[l][i] * J(J.rows() - 1, c);
        for (std::int64_t j = 0; j + 1 < J.rows(); ++j) next(i, c) += net.weights[l](i, j) * J(j, c);
      }
    }
    if (l + 1 < net.layers()) std::ranges::copy(J.row(J.rows() - 1), next.row(out).begin());
    J = std::move(next);
  }
  return J;
}

double plain_loss(const ReluNet& net, const Matrix& x, const Matrix& target) {
  const Matrix f = plain_pre_activations(net, x).back();
  double total = 0;
  for (std::int64_t i = 0; i < f.size(); ++i) total += (f[i] - target[i]) * (f[i] - target[i]);
  return total / double(f.rows());
}

bool fire_alike(const ReluNet& a, const ReluNet& b, const Matrix& x) {
  if (a.linear && b.linear) return true;
  const std::vector<Matrix> in_a = plain_pre_activations(a, x), in_b = plain_pre_activations(b, x);
  const auto fires = [](double p) { return p > 0; };
  for (std::size_t l = 0; l + 1 < in_a.size(); ++l)
    if (!std::ranges::equal(in_a[l].data, in_b[l].data, {}, fires, fires)) return false;
  return true;
}

}  // namespace basin::interp
