#include "interp/degeneracy/planted_attention.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/lapack.h"

namespace basin::interp {
namespace {

Tensor<double> normal(const Shape& shape, double scale, Rng& rng) {
  Tensor<double> numbers(shape);
  rng.fill_normal(std::span(numbers.data), scale);
  return numbers;
}

Matrix near_identity(std::int64_t n, Rng& rng) {
  Matrix a = normal({n, n}, 0.3, rng);
  for (std::int64_t i = 0; i < n; ++i) a(i, i) += 1;
  return a;
}

void share_pattern(AttentionLayer& layer, std::int64_t first, std::int64_t count, Rng& rng) {
  const std::int64_t d = layer.d_model(), m = layer.d_head(), size = d * m;
  const auto first_of = [&](const Tensor<double>& w) {
    const auto from = w.data.begin() + first * size;
    return Matrix{{d, m}, {from, from + size}};
  };
  for (std::int64_t head = first + 1; head < first + count; ++head) {
    const Matrix a = near_identity(m, rng), inverse = solve(a, identity(m));
    std::ranges::copy(matmul(first_of(layer.W_Q), a).data, layer.W_Q.data.begin() + head * size);
    std::ranges::copy(matmul(first_of(layer.W_K), inverse, false, true).data, layer.W_K.data.begin() + head * size);
  }
}

}  // namespace

PlantedAttention planted_attention(const AttentionPlan& plan, Rng rng) {
  const std::int64_t heads = std::accumulate(plan.sharing.begin(), plan.sharing.end(), std::int64_t(0)),
                     d = plan.d_model, m = plan.d_head;
  const double scale = 1.5 / std::sqrt(double(d));
  PlantedAttention net{{.W_Q = normal({heads, d, m}, scale, rng),
                        .W_K = normal({heads, d, m}, scale, rng),
                        .W_V = normal({heads, d, m}, 1, rng),
                        .W_O = normal({heads, m, d}, 1, rng)},
                       normal({plan.sequences, plan.positions, d}, 1, rng)};
  if (plan.key_value_bias) net.layer.b_K = normal({heads, m}, 1, rng), net.layer.b_V = normal({heads, m}, 1, rng);
  std::int64_t first = 0;
  for (const std::int64_t count : plan.sharing) {
    share_pattern(net.layer, first, count, rng);
    first += count;
  }
  for (std::int64_t i = 0; plan.constant_input && i < net.x.rows(); ++i) net.x(i, 0) = 1;
  return net;
}

}  // namespace basin::interp
