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

double plain_loss(const ReluNet& net, const Matrix& x, const Matrix& target) {
  const Matrix f = plain_pre_activations(net, x).back();
  double total = 0;
  for (std::int64_t i = 0; i < f.size(); ++i) total += (f[i] - target[i]) * (f[i] - target[i]);
  return total / double(f.rows());
}

bool fire_alike(const ReluNet& a, const ReluNet& b, const Matrix& x) {
  const std::vector<Matrix> in_a = plain_pre_activations(a, x), in_b = plain_pre_activations(b, x);
  const auto fires = [](double p) { return p > 0; };
  for (std::size_t l = 0; l + 1 < in_a.size(); ++l)
    if (!std::ranges::equal(in_a[l].data, in_b[l].data, {}, fires, fires)) return false;
  return true;
}

}  // namespace basin::interp
