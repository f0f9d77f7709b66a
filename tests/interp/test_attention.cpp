#include "interp/degeneracy/attention.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/rng.h"

using namespace basin;
using namespace basin::interp;

namespace {

Tensor<double> normal(const Shape& shape, const std::string& stream, double scale = 1) {
  Tensor<double> t(shape);
  Rng(5, stream).fill_normal(std::span(t.data), scale);
  return t;
}

AttentionLayer random_layer(std::int64_t heads, std::int64_t d, std::int64_t m) {
  return {.W_Q = normal({heads, d, m}, "Q", 1 / std::sqrt(double(d))),
          .W_K = normal({heads, d, m}, "K", 1 / std::sqrt(double(d))),
          .W_V = normal({heads, d, m}, "V"),
          .W_O = normal({heads, m, d}, "O")};
}

// Head `to` gets other factors of the same W_Q W_K^T as head 0; d_head = 2.
void share_with_first(AttentionLayer& layer, std::int64_t to) {
  const std::int64_t size = layer.d_model() * 2;
  const Matrix a{{2, 2}, {1.2, 0.4 * double(to), -0.3, 0.9}}, inverse = solve(a, Matrix{{2, 2}, {1, 0, 0, 1}});
  const auto first = [&](const Tensor<double>& w) {
    return Matrix{{layer.d_model(), 2}, {w.data.begin(), w.data.begin() + size}};
  };
  std::ranges::copy(matmul(first(layer.W_Q), a).data, layer.W_Q.data.begin() + to * size);
  std::ranges::copy(matmul(first(layer.W_K), inverse, false, true).data, layer.W_K.data.begin() + to * size);
}

// out [position, d_model] of one sequence, by the formula.
Matrix by_hand(const AttentionLayer& l, const Matrix& x) {
  const std::int64_t T = x.rows(), d = l.d_model(), m = l.d_head();
  Matrix out({T, d});
  for (std::int64_t h = 0; h < l.heads(); ++h) {
    const auto project = [&](const Tensor<double>& w, const Tensor<double>& b) {
      Matrix y = matmul(x, Matrix{{d, m}, {w.data.begin() + h * d * m, w.data.begin() + (h + 1) * d * m}});
      for (std::int64_t i = 0; i < y.size(); ++i) y[i] += b[h * m + i % m];
      return y;
    };
    Matrix a = matmul(project(l.W_Q, l.b_Q), project(l.W_K, l.b_K), false, true);
    for (std::int64_t t = 0; t < T; ++t) {
      double total = 0;
      for (double& v : a.row(t)) total += v = std::exp(v / std::sqrt(double(m)));
      for (double& v : a.row(t)) v /= total;
    }
    const Matrix z = matmul(a, project(l.W_V, l.b_V));
    const Matrix o = matmul(z, {{m, d}, {l.W_O.data.begin() + h * d * m, l.W_O.data.begin() + (h + 1) * d * m}});
    for (std::int64_t i = 0; i < out.size(); ++i) out[i] += o[i];
  }
  for (std::int64_t i = 0; i < out.size(); ++i) out[i] += l.b_O[i % d];
  return out;
}

void add_biases(AttentionLayer& layer, const AttentionShape& shape) {
  const Shape by_head{layer.heads(), layer.d_head()};
  if (shape.query_bias) layer.b_Q = normal(by_head, "bQ");
  if (shape.key_bias) layer.b_K = normal(by_head, "bK");
  if (shape.value_bias) layer.b_V = normal(by_head, "bV");
  if (shape.output_bias) layer.b_O = normal({layer.d_model()}, "bO");
}

AttentionShape biases_of(int flags) {
  return {.query_bias = bool(flags & 1),
          .key_bias = bool(flags & 2),
          .value_bias = bool(flags & 4),
          .output_bias = bool(flags & 8)};
}

bool contains_keys(const std::string& json, const std::vector<std::string>& parts) {
  return std::ranges::all_of(parts, [&](const std::string& p) { return json.find(p) != std::string::npos; });
}

// Attention with capped scores and a residual stream, with the names that attention_degeneracy asks for.
void trace_capped(Graph& graph, std::int64_t rows, std::int64_t T, std::int64_t d, std::int64_t heads, std::int64_t m) {
  const std::string at = "blocks.0.attn.";
  const Var x = graph.input("x", {rows, T, d});
  const auto project = [&](const char* name) {
    const Var w = reshape(permute(graph.input(at + name, {heads, d, m}), {-2, -3, -1}), {d, heads * m});
    return permute(reshape(matmul(x, w), {rows, T, heads, m}), {-2, -3, -1});
  };
  const Var scores = matmul(project("W_Q"), project("W_K"), false, true) / std::sqrt(double(m));
  const Var pattern = graph.name(softmax(tanh(scores)), at + "hook_pattern");
  const Var z = permute(matmul(pattern, project("W_V")), {-2, -3, -1});
  const Var wo = reshape(graph.input(at + "W_O", {heads, m, d}), {heads * m, d});
  graph.name(reshape(x + matmul(reshape(z, {rows, T, heads * m}), wo), {rows, T * d}), "out");
}

void make_constant(Tensor<double>& x) {
  for (std::int64_t i = 0; i < x.rows(); ++i) x(i, 2) = -2;
}

}  // namespace

TEST_CASE("attention computes the formula, under TransformerLens's names and shapes") {
  AttentionLayer layer = random_layer(3, 4, 2);
  add_biases(layer, {.query_bias = true, .key_bias = true, .value_bias = true, .output_bias = true});
  const Tensor<double> x = normal({2, 5, 4}, "x");
  const ModelPoint model = traced_attention(layer, 5);
  CHECK(model.parameter_count() == 4 * 3 * 4 * 2 + 3 * 3 * 2 + 4);
  Graph g;
  model.trace(g, 7);
  const std::string at = "blocks.0.attn.";
  CHECK(g[at + "W_Q"].shape() == Shape{3, 4, 2});
  CHECK(g[at + "W_O"].shape() == Shape{3, 2, 4});
  CHECK(g[at + "hook_q"].shape() == Shape{7, 5, 3, 2});
  CHECK(g[at + "hook_z"].shape() == Shape{7, 5, 3, 2});
  CHECK(g[at + "hook_attn_scores"].shape() == Shape{7, 3, 5, 5});
  CHECK(g[at + "hook_pattern"].shape() == Shape{7, 3, 5, 5});
  CHECK(g["blocks.0.hook_attn_out"].shape() == Shape{7, 5, 4});
  sweep(model, {{"x", x}}, {.fetch = {"out", "blocks.0.hook_attn_out"}}, {.chunk = 1}, [&](const Chunk& chunk) {
    const auto from = x.data.begin() + chunk.first * 20;
    const Matrix wanted = by_hand(layer, {{5, 4}, {from, from + 20}});
    for (std::int64_t i = 0; i < 20; ++i) CHECK(chunk.values[0][i] == doctest::Approx(wanted[i]).epsilon(1e-12));
    CHECK(std::ranges::equal(chunk.values[0], chunk.values[1]));
  });
}

TEST_CASE("the closed form gives the numbers of docs/theory.md") {
  CHECK(attention_free_directions({.d_model = 6, .d_head = 2, .sharing = {1, 1}}) == 16);
  CHECK(attention_free_directions({.d_model = 6, .d_head = 2, .sharing = {2}}) == 24);
  CHECK(attention_free_directions({.d_model = 6, .d_head = 2, .sharing = {3}}) == 48);
  CHECK(attention_free_directions({.d_model = 6, .d_head = 2, .sharing = {4}}) == 76);
  CHECK(attention_free_directions(
            {.d_model = 6, .d_head = 2, .sharing = {1, 1}, .key_bias = true, .value_bias = true}) == 20);
  CHECK(attention_free_directions({.d_model = 6, .d_head = 2, .sharing = {1, 1}, .constant_input = true}) == 20);
}

TEST_CASE("heads that share a pattern are found, and what they free is counted") {
  AttentionLayer layer = random_layer(3, 5, 2);
  share_with_first(layer, 2);
  const AttentionDegeneracy found = attention_degeneracy(layer, normal({30, 4, 5}, "x"));
  CHECK(found.groups == std::vector<std::vector<std::int64_t>>{{0, 2}, {1}});
  CHECK(found.shape.sharing == std::vector<std::int64_t>{2, 1});
  CHECK(found.within < 1e-13);
  CHECK(found.between > 0.1);
  CHECK(found.free_directions() == 3 * 4 + 16 + 4);
  CHECK(found.residual() == 0);
  CHECK(found.jacobian.gap > 1e8);
}

TEST_CASE("the closed form holds for every mixture of biases, with shared patterns and without") {
  for (int flags = 0; flags < 32; ++flags)
    for (bool share : {false, true}) {
      const AttentionShape biases = biases_of(flags);
      AttentionLayer layer = random_layer(2, 4, 2);
      add_biases(layer, biases);
      if (share) {
        share_with_first(layer, 1);
        if (biases.query_bias || biases.key_bias) continue;  // the biases would tell the patterns apart
      }
      Tensor<double> x = normal({30, 4, 4}, "x");
      if (flags & 16) make_constant(x);
      const AttentionDegeneracy found = attention_degeneracy(layer, x);
      CAPTURE(flags);
      CAPTURE(share);
      CHECK(found.shape.constant_input == bool(flags & 16));
      CHECK(found.residual() == 0);
      CHECK(found.jacobian.gap > 1e6);
      CHECK(found.decided());
    }
}

TEST_CASE("compensated rescalings of factors and coordinates change no count, by powers of two no bit") {
  const AttentionLayer layer = random_layer(2, 4, 2);
  const Tensor<double> x = normal({30, 4, 4}, "x");
  const std::string want = to_json(attention_degeneracy(layer, x));
  for (const double by : {0x1p-30, 1e-8, 3e4, 0x1p25}) {
    AttentionLayer other = layer;
    Tensor<double> other_x = x;
    for (std::int64_t i = 0; i < 8; ++i) other.W_Q[i] *= by, other.W_K[i] /= by;   // head 0
    for (std::int64_t i = 8; i < 16; ++i) other.W_V[i] *= by, other.W_O[i] /= by;  // head 1
    for (std::int64_t row = 0; row < x.rows(); ++row) other_x(row, 1) *= by;
    for (Tensor<double>* W : {&other.W_Q, &other.W_K, &other.W_V})
      for (std::int64_t head = 0; head < 2; ++head)
        for (double& w : W->row(head * 4 + 1)) w /= by;
    const AttentionDegeneracy found = attention_degeneracy(other, other_x);
    CHECK(found.free_directions() == 16);
    CHECK(found.decided());
    if (std::exp2(std::round(std::log2(by))) == by) CHECK(to_json(found) == want);
  }
}

TEST_CASE("the closed form holds for heads wider than the model, whatever their biases") {
  for (int flags = 0; flags < 32; ++flags)
    for (std::int64_t heads : {1, 2}) {
      const AttentionShape biases = biases_of(flags);
      AttentionLayer layer = random_layer(heads, 3, 5);
      add_biases(layer, biases);
      Tensor<double> x = normal({40, 5, 3}, "x");
      if (flags & 16) make_constant(x);
      CAPTURE(flags);
      CAPTURE(heads);
      CHECK(attention_degeneracy(layer, x).residual() == 0);
    }
  CHECK(attention_free_directions({.d_model = 3, .d_head = 5, .sharing = {1}}) == 2 * (5 * 6 - 9));
}

TEST_CASE("patterns that are near, but not equal, are told apart and the nearest pair is reported") {
  AttentionLayer layer = random_layer(3, 4, 2);
  std::copy_n(layer.W_Q.data.begin(), 8, layer.W_Q.data.begin() + 8);
  std::copy_n(layer.W_K.data.begin(), 8, layer.W_K.data.begin() + 8);
  layer.W_K[8] += 1e-6;
  const Tensor<double> x = normal({20, 4, 4}, "x");
  const AttentionDegeneracy apart = attention_degeneracy(layer, x), together = attention_degeneracy(layer, x, {}, 1e-4);
  CHECK(apart.groups.size() == 3);
  CHECK(apart.between < 1e-5);
  CHECK(apart.within == 0);
  CHECK(together.groups == std::vector<std::vector<std::int64_t>>{{0, 1}, {2}});
  CHECK(together.within == apart.between);
  CHECK(together.between > 0.1);
}

TEST_CASE("the counts are the same for 1 and 3 threads") {
  const AttentionLayer layer = random_layer(2, 4, 2);
  const Tensor<double> x = normal({30, 4, 4}, "x");
  const AttentionDegeneracy one = attention_degeneracy(layer, x);
  const AttentionDegeneracy three = attention_degeneracy(layer, x, {.sweep = {.threads = 3}});
  CHECK(one.jacobian.smallest_kept == three.jacobian.smallest_kept);
  CHECK(one.between == three.between);
}

TEST_CASE("attention with shapes that do not fit says which") {
  AttentionLayer layer = random_layer(2, 4, 2);
  CHECK_THROWS_WITH_AS(attention_degeneracy(layer, normal({3, 5}, "x")), doctest::Contains("[samples, position, 4]"),
                       ShapeError);
  layer.W_O = normal({2, 4, 2}, "O");
  CHECK_THROWS_WITH_AS(traced_attention(layer, 5), doctest::Contains("W_O is [2,4,2]; wanted [2,2,4]"), ShapeError);
  layer = random_layer(2, 4, 2);
  layer.b_K = normal({4}, "b");
  CHECK_THROWS_WITH_AS(traced_attention(layer, 5), doctest::Contains("b_K is [4]; wanted [2,2]"), ShapeError);
}

TEST_CASE("the graph decides what is computed: capped scores and a residual stream free nothing more") {
  const AttentionLayer layer = random_layer(2, 5, 2);
  ModelPoint model = traced_attention(layer, 4);
  const Tensor<double> x = normal({30, 4, 5}, "x");
  const AttentionDegeneracy plain = attention_degeneracy(model, "out", x);
  CHECK(plain.samples == 30);
  CHECK(plain.positions == 4);
  CHECK(plain.heads() == 2);
  CHECK(to_json(plain) == to_json(attention_degeneracy(layer, x)));
  CHECK(contains_keys(to_json(plain), {"\"residual\": 0", "\"predicted\": 16", "\"biases\": []"}));

  model.trace = [](Graph& graph, std::int64_t rows) {
    trace_capped(graph, rows, 4, 5, 2, 2);
    return Ends{graph["out"], {}};
  };
  const AttentionDegeneracy capped = attention_degeneracy(model, "out", x);
  CHECK(capped.free_directions() == 16);
  CHECK(capped.groups.size() == 2);
}
