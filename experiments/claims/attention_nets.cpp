#include "experiments/claims/attention_nets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t d = 6, m = 2, positions = 5, sequences = 40;

Tensor<double> normal(const Shape& shape, double scale, Rng& rng) {
  Tensor<double> numbers(shape);
  rng.fill_normal(std::span(numbers.data), scale);
  return numbers;
}

Matrix head_of(const Tensor<double>& weights, std::int64_t head) {
  const auto from = weights.data.begin() + head * d * m;
  return {{d, m}, {from, from + d * m}};
}

void set_head(Tensor<double>& weights, std::int64_t head, const Matrix& value) {
  std::ranges::copy(value.data, weights.data.begin() + head * d * m);
}

Matrix near_identity(Rng& rng) {
  Matrix a = normal({m, m}, 0.3, rng);
  for (std::int64_t i = 0; i < m; ++i) a(i, i) += 1;
  return a;
}

void share_pattern(interp::AttentionLayer& layer, std::int64_t first, std::int64_t count, Rng& rng) {
  const Matrix identity{{m, m}, {1, 0, 0, 1}};
  for (std::int64_t head = first + 1; head < first + count; ++head) {
    const Matrix a = near_identity(rng), inverse = solve(a, identity);
    set_head(layer.W_Q, head, matmul(head_of(layer.W_Q, first), a));
    set_head(layer.W_K, head, matmul(head_of(layer.W_K, first), inverse, false, true));
  }
}

}  // namespace

AttentionNet attention_net(const AttentionPlan& plan, Rng rng) {
  const std::int64_t heads = std::accumulate(plan.sharing.begin(), plan.sharing.end(), std::int64_t(0));
  const double scale = 1.5 / std::sqrt(double(d));
  AttentionNet net{{.W_Q = normal({heads, d, m}, scale, rng),
                    .W_K = normal({heads, d, m}, scale, rng),
                    .W_V = normal({heads, d, m}, 1, rng),
                    .W_O = normal({heads, m, d}, 1, rng)},
                   normal({sequences, positions, d}, 1, rng)};
  if (plan.key_value_bias) net.layer.b_K = normal({heads, m}, 1, rng), net.layer.b_V = normal({heads, m}, 1, rng);
  std::int64_t first = 0;
  for (const std::int64_t count : plan.sharing) {
    share_pattern(net.layer, first, count, rng);
    first += count;
  }
  for (std::int64_t i = 0; plan.constant_input && i < net.x.rows(); ++i) net.x(i, 0) = 1;
  return net;
}

}  // namespace basin::experiments
