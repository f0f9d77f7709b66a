// What holds for every attention layer and every graph, on ones that no run before has seen
// (tests/experiments/fresh_seeds.h).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "interp/degeneracy/attention.h"
#include "interp/modules/modules.h"
#include "tests/experiments/fresh_seeds.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

namespace {

Tensor<double> normal(const Shape& shape, Rng& rng, double scale = 1) {
  Tensor<double> t(shape);
  rng.fill_normal(std::span(t.data), scale);
  return t;
}

AttentionLayer random_attention(Rng& rng) {
  const std::int64_t H = between(rng, 1, 3), d = between(rng, 3, 6), m = between(rng, 1, 4);
  const double scale = 1 / std::sqrt(double(d));
  AttentionLayer layer{.W_Q = normal({H, d, m}, rng, scale),
                       .W_K = normal({H, d, m}, rng, scale),
                       .W_V = normal({H, d, m}, rng),
                       .W_O = normal({H, m, d}, rng)};
  for (Tensor<double>* bias : {&layer.b_Q, &layer.b_K, &layer.b_V})
    if (rng.uniform() < 0.5) *bias = normal({H, m}, rng);
  if (rng.uniform() < 0.5) layer.b_O = normal({d}, rng);
  return layer;
}

// Head `to` gets the factors of head 0, both turned by one orthogonal matrix: the same pattern from other weights.
void share_with_first(AttentionLayer& layer, std::int64_t to, Rng& rng) {
  const std::int64_t d = layer.d_model(), m = layer.d_head();
  const Matrix turn = range_basis(normal({m, m}, rng));
  for (Tensor<double>* w : {&layer.W_Q, &layer.W_K}) {
    const Matrix first{{d, m}, {w->data.begin(), w->data.begin() + d * m}};
    std::ranges::copy(matmul(first, turn).data, w->data.begin() + to * d * m);
  }
}

Tensor<double> random_sequences(std::int64_t d, Rng& rng) {
  Tensor<double> x = normal({40, 4, d}, rng);
  if (rng.uniform() < 0.3)
    for (std::int64_t row = 0; row < 160; ++row) x[row * d] = 1.5;
  return x;
}

using Orders = std::vector<std::vector<std::int64_t>>;  // of the nodes, by layer

Orders random_orders(const LayeredGraph& graph, Rng& rng) {
  Orders orders;
  for (std::int64_t size : graph.layer_sizes) orders.push_back(rng.permutation(size));
  return orders;
}

LayeredGraph relabelled(const LayeredGraph& graph, const Orders& orders) {
  return layered_graph(graph.layer_sizes, [&](std::size_t l, std::int64_t i, std::int64_t j) {
    return graph.edges[l](orders[l + 1][i], orders[l][j]);
  });
}

std::vector<Edge> edges_of(const LayeredGraph& graph) {
  std::vector<Edge> edges;
  for (const LayeredEdge& e : edge_list(graph)) edges.push_back({e.from, e.to, e.weight});
  return edges;
}

}  // namespace

TEST_CASE("attention: the closed form is N - rank J for random shapes, biases and shared patterns") {
  INFO(how_to_repeat());
  Rng rng(fresh_seed(), "fresh/attention");
  int clear = 0;
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    AttentionLayer layer = random_attention(rng);
    const bool share = layer.heads() > 1 && layer.b_Q.data.empty() && layer.b_K.data.empty() && rng.uniform() < 0.5;
    if (share) share_with_first(layer, layer.heads() - 1, rng);
    const AttentionDegeneracy found = attention_degeneracy(layer, random_sequences(layer.d_model(), rng));
    CHECK(std::ssize(found.groups) == layer.heads() - share);
    if (found.jacobian.gap < 1e6) continue;
    ++clear;
    CHECK(found.residual() == 0);
  }
  CHECK(clear > 3);
}

TEST_CASE("strong modules are found whatever the order of the nodes") {
  INFO(how_to_repeat());
  Rng rng(fresh_seed(), "fresh/modules");
  const std::int64_t size = 9, groups = between(rng, 2, 3);
  const LayeredGraph graph = layered_graph({size, size, size}, [&](auto, auto i, auto j) {
    const double own = rng.uniform(1, 3), other = rng.uniform() < 0.1 ? rng.uniform(0.1, 0.5) : 0.0;
    return i % groups == j % groups ? own : other;
  });
  const Modules a = find_modules(graph, {.nulls = 0});
  const Modules b = find_modules(relabelled(graph, random_orders(graph, rng)), {.nulls = 0});
  CHECK(adjusted_rand_index(a.partition(), planted_partition(size, groups)) == doctest::Approx(1));
  CHECK(b.Q == doctest::Approx(a.Q).epsilon(1e-12));
}

TEST_CASE("matchings do not depend on the order of the nodes, and keep to their limits") {
  INFO(how_to_repeat());
  Rng rng(fresh_seed(), "fresh/matching");
  const std::vector<std::int64_t> sizes{between(rng, 2, 9), between(rng, 2, 9), between(rng, 2, 9)};
  const LayeredGraph graph =
      layered_graph(sizes, [&](auto, auto, auto) { return rng.uniform() < 0.4 ? rng.uniform(0.1, 3) : 0.0; });
  const LayeredGraph other = relabelled(graph, random_orders(graph, rng));
  const std::vector<Edge> edges = edges_of(graph);
  const double number = fractional_matching_number(graph.nodes(), edges);
  CHECK(number <= double(std::min(sizes[1], sizes[0] + sizes[2])));
  CHECK(number == fractional_matching_number(graph.nodes(), edges_of(other)));
  const MatchingStrength strength = matching_strength(graph);
  CHECK(strength.matching == doctest::Approx(matching_strength(other).matching).epsilon(1e-12));
  CHECK(strength.matching == doctest::Approx(matching_weight(graph.nodes(), edges)).epsilon(1e-12));
  CHECK(strength.matching <= strength.sum * (1 + 1e-12));
  CHECK(strength.matching <= 3 * number);
}
