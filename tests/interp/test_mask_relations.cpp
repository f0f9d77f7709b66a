// Complementary and nested patterns, and the free directions that they make: claims C12 and C13.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/null_space.h"
#include "interp/degeneracy/pattern_moves.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

Matrix pre_activations(const ReluNet& net, std::size_t layer, const Matrix& f) {
  Matrix p = matmul(f, net.weights[layer], false, true);
  for (std::int64_t x = 0; x < p.rows(); ++x)
    for (std::int64_t i = 0; i < p.cols(); ++i) p(x, i) += net.biases[layer][i];
  return p;
}

// Each neuron of the layer fires on half of the samples f.
void centre(ReluNet& net, std::size_t layer, const Matrix& f) {
  const Matrix p = pre_activations(net, layer, f);
  for (std::int64_t i = 0; i < p.cols(); ++i) {
    std::vector<double> column;
    for (std::int64_t x = 0; x < p.rows(); ++x) column.push_back(p(x, i));
    std::ranges::nth_element(column, column.begin() + p.rows() / 2);
    net.biases[layer][i] -= column[p.rows() / 2] + 1e-4;
  }
}

ReluNet random_net(const std::vector<std::int64_t>& widths, const std::string& stream) {
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(random_matrix(widths[l + 1], widths[l], (stream + std::to_string(l)).c_str()));
    net.biases.emplace_back(widths[l + 1]);
  }
  return net;
}

// 5-5-outputs, neuron 1 fires where neuron 0 does not; with `always_on` neuron 4 fires everywhere.
GoldenData complementary_net(std::int64_t outputs, bool always_on) {
  GoldenData data{.net = random_net({5, 5, outputs}, "pair"), .x = random_matrix(300, 5, "pair x")};
  centre(data.net, 0, data.x);
  Matrix& w = data.net.weights[0];
  for (std::int64_t j = 0; j < 5; ++j) w(1, j) = -1.5 * w(0, j);
  data.net.biases[0][1] = -1.5 * data.net.biases[0][0];
  if (always_on) data.net.biases[0][4] = 100;
  return data;
}

// 5-4-4-3. The first `block` neurons fire together; one direction of their outputs is read by neuron 0 of the next
// layer alone, which, if `inside`, fires only where they do.
GoldenData nested_net(std::int64_t block, bool inside, const std::string& stream) {
  GoldenData data{.net = random_net({5, 4, 4, 3}, stream), .x = random_matrix(1500, 5, "nest x")};
  centre(data.net, 0, data.x);
  Matrix &w = data.net.weights[0], &next = data.net.weights[1];
  for (std::int64_t j = 0; block == 2 && j < 5; ++j) w(1, j) = w(0, j) + 0.2 * w(1, j);
  if (block == 2) data.net.biases[0][1] = data.net.biases[0][0];
  for (std::int64_t r = 1; r < 4; ++r) next(r, block - 1) = block == 1 ? 0.0 : 0.7 * next(r, 0);
  const Matrix first = pre_activations(data.net, 0, data.x);
  Matrix f = first;
  for (double& v : f.data) v = std::max(v, 0.0);
  centre(data.net, 1, f);
  const Matrix second = pre_activations(data.net, 1, f);
  std::vector<double> kept;
  for (std::int64_t x = 0; x < first.rows(); ++x) {
    const bool on = first(x, 0) > 0, agrees = on == (first(x, block - 1) > 0);
    if (agrees && (on || !inside || second(x, 0) <= 0)) std::ranges::copy(data.x.row(x), std::back_inserter(kept));
  }
  data.x = Matrix({std::int64_t(kept.size()) / 5, 5}, kept);
  return data;
}

struct Counts {
  std::int64_t free, conditional, patterns;
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts count(const GoldenData& data) {
  const ConditionalBound bound = conditional_bound(data.net, data.x);
  CHECK(bound.patterns.gap > 1e4);
  return {degeneracy(data.net, data.x).free_directions(), bound.lower_bound, bound.lower_bound_patterns};
}

// The largest |J move| for moves of length 1.
double largest_effect(const ReluNet& net, const Matrix& x, const Matrix& moves) {
  const Matrix effects = matmul(parameter_jacobian(dense_network(net), {{"x", x}}), moves, false, true);
  double largest = 0;
  for (std::int64_t e = 0; e < moves.shape[0]; ++e) {
    double square = 0;
    for (double v : moves.row(e)) square += v * v;
    for (std::int64_t r = 0; r < effects.rows(); ++r)
      largest = worse(largest, std::abs(effects(r, e)) / std::sqrt(square));
  }
  return largest;
}

}  // namespace

TEST_CASE("C12: complementary pairs are found, and the pattern bound counts what they free") {
  CHECK(count(complementary_net(1, false)) == Counts{6, 5, 6});
  CHECK(count(complementary_net(2, false)) == Counts{5, 5, 5});
  CHECK(count(complementary_net(1, true)) == Counts{12, 12, 12});
  CHECK(count(complementary_net(2, true)) == Counts{7, 6, 7});
  CHECK(count(complementary_net(3, true)) == Counts{7, 6, 7});
  const GoldenData data = complementary_net(2, true);
  const MaskRelations found = conditional_bound(data.net, data.x).relations;
  REQUIRE(found.complementary.size() == 1);
  CHECK(found.complementary[0].layer == 0);
  CHECK(found.complementary[0].neurons == std::vector<std::int64_t>{0});
  CHECK(found.complementary[0].complement == std::vector<std::int64_t>{1});
  CHECK(found.nested.empty());
}

TEST_CASE("C13: nested pairs are found, and the pattern bound counts the direction that each block gains") {
  for (const char* stream : {"n0", "n2", "n5", "n6"}) {  // nothing else happens to be nested
    CHECK(count(nested_net(1, true, stream)) == Counts{9, 8, 9});
    CHECK(count(nested_net(2, true, stream)) == Counts{11, 10, 11});
    CHECK(count(nested_net(1, false, stream)) == Counts{8, 8, 8});
    CHECK(count(nested_net(2, false, stream)) == Counts{10, 10, 10});
  }
  CHECK(count(nested_net(2, true, "n10")) == Counts{12, 10, 12});  // four nested pairs, two of which free something
  const GoldenData data = nested_net(2, true, "n0");
  const MaskRelations found = conditional_bound(data.net, data.x).relations;
  REQUIRE(found.nested.size() == 1);
  CHECK(found.nested[0].layer == 0);
  CHECK(found.nested[0].neurons == std::vector<std::int64_t>{0, 1});
  CHECK(found.nested[0].readers == std::vector<std::int64_t>{0});
  CHECK(found.complementary.empty());
  const GoldenData loose = nested_net(2, false, "n0");
  CHECK(conditional_bound(loose.net, loose.x).relations.nested.empty());
}

Matrix moves_of(const GoldenData& data) {
  const NetworkFactors factors = network_factors(data.net, data.x);
  std::vector<LayerRanges> ranges;
  for (const LayerFactors& layer : factors.layers)
    ranges.push_back({layer.activations.row_space(), layer.gradients.row_space()});
  return pattern_moves(data.net, factors, ranges);
}

TEST_CASE("pattern moves change no output to first order, and the bound with them holds") {
  std::vector<GoldenData> all{complementary_net(1, false), complementary_net(3, true), nested_net(2, true, "n10")};
  for (const auto& entry : golden_nets()) all.push_back(golden_data(entry));
  for (const GoldenData& data : all) {
    CHECK(largest_effect(data.net, data.x, moves_of(data)) < 1e-9);
    const Counts c = count(data);
    CHECK(c.conditional <= c.patterns);
    CHECK(c.patterns <= c.free);
  }
}

TEST_CASE("the null space labels what related patterns explain, and leaves nothing unexplained there") {
  const GoldenData data = nested_net(2, true, "n0");
  const NullSpace space = jacobian_null_space(data.net, data.x);
  CHECK(space.labels.size() == 11);
  CHECK(std::ranges::count(space.labels, "related patterns") == 1);
  CHECK(std::ranges::count(space.labels, "unexplained") == 0);
  CHECK(largest_effect(data.net, data.x, space.basis) < 1e-9);
}

TEST_CASE("networks without hidden layers, and with a layer that never fires, have no pattern moves") {
  GoldenData data{.net = random_net({3, 2}, "flat"), .x = random_matrix(20, 3, "x")};
  CHECK(moves_of(data).shape == Shape{0, 8});
  CHECK(count(data) == Counts{0, 0, 0});
  data.net = random_net({3, 2, 2}, "dead");
  for (double& b : data.net.biases[0]) b = -100;
  CHECK(moves_of(data).shape[0] == 0);
  CHECK(count(data) == Counts{12, 12, 12});  // all but the output biases
}

TEST_CASE("linear networks have nothing but their blocks, with biases or without") {
  for (const bool bias : {true, false}) {
    ReluNet net = random_net({4, 3, 5, 3}, "linear");
    net.linear = true;
    for (auto& biases : net.biases)
      if (!bias) biases.clear();
    const Matrix x = random_matrix(60, 4, "x");
    const ConditionalBound bound = conditional_bound(net, x);
    CHECK(bound.lower_bound_patterns == bound.lower_bound);
    CHECK(bound.lower_bound == degeneracy(net, x).free_directions());
    CHECK(bound.relations.complementary.empty());
    CHECK(bound.relations.nested.empty());
  }
}

TEST_CASE("the pattern bound holds in untouched networks on a line, and explains more of them") {
  std::int64_t unexplained = 0, still = 0;
  for (int seed = 0; seed < 12; ++seed)
    for (const auto& widths : {std::vector<std::int64_t>{1, 5, 5, 1}, {2, 4, 4, 2}}) {
      GoldenData data{.net = random_net(widths, "line" + std::to_string(seed)), .x = Matrix({150, widths.front()})};
      for (auto& biases : data.net.biases) Rng(std::uint64_t(seed), "b").fill_normal(std::span(biases), 0.5);
      Rng(std::uint64_t(seed), "x").fill_normal(std::span(data.x.data));
      const ConditionalBound bound = conditional_bound(data.net, data.x);
      const std::int64_t free = degeneracy(data.net, data.x).free_directions();
      CHECK(bound.lower_bound <= bound.lower_bound_patterns);
      CHECK(bound.lower_bound_patterns <= free);
      unexplained += free - bound.lower_bound;
      still += free - bound.lower_bound_patterns;
    }
  CHECK(still < unexplained);
}
