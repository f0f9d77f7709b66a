// Attention: what a query may not look at counts nothing, and one query is enough where one is read.
#include "autodiff/attention.h"

#include <doctest/doctest.h>

#include "autodiff/op.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

constexpr std::int64_t rows = 2, keys = 4, d_model = 3;
constexpr std::int64_t position = d_model;  // numbers of one position

// Attention over positions [0, length) of a sequence, for the last `queries` of them.
struct Layer {
  Layer(bool causal, std::int64_t length = keys, std::int64_t queries = keys)
      : x(g.input("x", {rows, length, d_model})),
        out(trace_attention(slice(x, -2, length - std::min(queries, length), length), x,
                            {.n_heads = 2, .d_head = 2, .causal = causal})) {}

  Numbers numbers_of(Var v) const {
    Numbers numbers(v.shape().numel());
    for (std::int64_t i = 0; double& n : numbers) n = testing::number(i++ + 10 * std::int64_t(g.name_of(v.id).back()));
    return numbers;
  }
  // A shorter sequence begins with the same positions, in every row.
  Numbers run(Var of, const std::vector<std::pair<Var, Numbers>>& more = {}) {
    Program<double> p(g, {.fetch = {of}});
    for (const ParameterInfo& info : g.parameters())
      if (const Var v = g[info.name]; p.has(v)) p.feed(v, numbers_of(v));
    if (p.has(x))
      for (std::int64_t r = 0; r < rows; ++r) std::ranges::copy(numbers_of_row(r), p.input(x).begin() + r * row_size());
    for (const auto& [v, numbers] : more)
      if (p.has(v)) p.feed(v, numbers);
    p.run();
    return {p.view(of).begin(), p.view(of).end()};
  }
  std::int64_t row_size() const { return x.shape().numel() / rows; }
  Numbers numbers_of_row(std::int64_t r) const {
    const auto from = given.begin() + r * keys * d_model;
    return {from, from + row_size()};
  }

  Graph g;
  Var x, out;
  Numbers given = [] {
    Numbers all(rows * keys * d_model);
    for (std::int64_t i = 0; double& n : all) n = testing::number(i++);
    return all;
  }();
};

Numbers at_position(const Numbers& of, std::int64_t length, std::int64_t at) {
  Numbers part;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t j = 0; j < position; ++j) part.push_back(of[(r * length + at) * position + j]);
  return part;
}

// d f(x) / dx along a direction, by a five-point rule.
Numbers difference_along(Layer& layer, Var of, const Numbers& direction,
                         const std::vector<std::pair<Var, Numbers>>& more) {
  constexpr double h = 1e-3;
  const Numbers before = layer.given;
  const auto at = [&](double t) {
    for (std::size_t i = 0; i < direction.size(); ++i) layer.given[i] = before[i] + t * direction[i];
    return layer.run(of, more);
  };
  Numbers p1 = at(h), m1 = at(-h), p2 = at(2 * h), m2 = at(-2 * h);
  layer.given = before;
  for (std::size_t i = 0; i < p1.size(); ++i) p1[i] = (8 * (p1[i] - m1[i]) - (p2[i] - m2[i])) / (12 * h);
  return p1;
}

}  // namespace

TEST_CASE("causal attention at a position is attention over the positions up to it") {
  Layer causal(true);
  const Numbers all = causal.run(causal.out);
  for (std::int64_t length = 1; length <= keys; ++length) {
    Layer prefix(false, length);
    const Numbers want = at_position(prefix.run(prefix.out), length, length - 1);
    CHECK(largest_difference(at_position(all, keys, length - 1), want) < 1e-14);
  }
}

TEST_CASE("fewer queries than keys are those of the last positions") {
  for (bool causal : {false, true})
    for (std::int64_t queries : {1, 2}) {
      Layer all(causal), some(causal, keys, queries);
      const Numbers want = all.run(all.out), got = some.run(some.out);
      CHECK(some.g["blocks.0.attn.hook_q"].shape() == Shape{rows, queries, 2, 2});
      CHECK(some.g["blocks.0.attn.hook_k"].shape() == Shape{rows, keys, 2, 2});
      CHECK(some.g["blocks.0.attn.hook_pattern"].shape() == Shape{rows, 2, queries, keys});
      for (std::int64_t q = 0; q < queries; ++q)
        CHECK(largest_difference(at_position(got, queries, q), at_position(want, keys, keys - queries + q)) < 1e-14);
    }
}

TEST_CASE("what a query may not look at changes no bit, whatever it is") {
  Layer layer(true);
  const Numbers before = layer.run(layer.out), pattern = layer.run(layer.g["blocks.0.attn.hook_pattern"]);
  for (std::int64_t i = 0; i < std::int64_t(pattern.size()); ++i)
    CHECK((pattern[i] == 0) == (i % keys > i / keys % keys));
  for (const double by : {1.0, 1e6, -1e6}) {
    Layer other(true);
    for (std::int64_t r = 0; r < rows; ++r) other.given[(r * keys + 2) * position] += by;
    const Numbers after = other.run(other.out);
    for (std::int64_t at = 0; at < keys; ++at)
      CHECK((at_position(after, keys, at) == at_position(before, keys, at)) == (at < 2));
  }
}

TEST_CASE("derivatives of masked attention are right at orders 1 and 2, and exactly 0 where nothing is seen") {
  Layer layer(true);
  Graph& g = layer.g;
  const Var seed = g.input("seed", layer.out.shape()), direction = g.input("direction", layer.x.shape());
  const Var loss = sum(seed * square(layer.out));
  const std::vector<std::string> names{"x", "blocks.0.attn.W_Q", "blocks.0.attn.b_K", "blocks.0.attn.hook_attn_scores"};
  Numbers along(layer.given.size()), weights(layer.out.shape().numel());
  for (std::int64_t i = 0; double& n : along) n = testing::number(7 * i++);
  for (std::int64_t i = 0; double& n : weights) n = testing::number(3 * i++);
  const std::vector<std::pair<Var, Numbers>> more{{seed, weights}, {direction, along}};

  const Var gradient = grad(loss, {layer.x})[0], slope = sum(gradient * direction);
  CHECK(largest_difference(layer.run(slope, more), difference_along(layer, loss, along, more), beside_one) < 1e-8);
  for (const std::string& name : names) {
    CAPTURE(name);
    const Var first = grad(loss, {g[name]})[0], second = jvp({first}, {layer.x}, {direction})[0];
    CHECK(largest_difference(layer.run(second, more), difference_along(layer, first, along, more), beside_one) < 1e-6);
    if (name != names.back()) continue;
    for (const Var v : {first, second}) {
      const Numbers scores = layer.run(v, more);
      for (std::int64_t i = 0; i < std::int64_t(scores.size()); ++i)
        if (i % keys > i / keys % keys) CHECK(scores[i] == 0);
    }
  }
}

TEST_CASE("only the early positions are seen by early queries: derivatives of a first output") {
  Layer layer(true);
  Numbers first(layer.out.shape().numel());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t j = 0; j < position; ++j) first[(r * keys + 1) * position + j] = 1;
  const Var seed = layer.g.input("seed", layer.out.shape());
  const Numbers slopes = layer.run(grad(sum(seed * layer.out), {layer.x})[0], {{seed, first}});
  for (std::int64_t at = 0; at < keys; ++at)
    CHECK(std::ranges::all_of(at_position(slopes, keys, at), [](double v) { return v == 0; }) == (at > 1));
}

TEST_CASE("a layer has exactly the biases that it is given") {
  Graph g;
  const Var x = g.input("x", {1, 2, 3});
  trace_attention(x, x, {.n_heads = 2, .d_head = 4, .b_Q = false, .b_V = false, .prefix = "blocks.3."});
  std::vector<std::string> names;
  for (const ParameterInfo& info : g.parameters()) names.push_back(info.name + info.shape.str());
  CHECK(names == std::vector<std::string>{"blocks.3.attn.W_Q[2,3,4]", "blocks.3.attn.W_K[2,3,4]",
                                          "blocks.3.attn.b_K[2,4]", "blocks.3.attn.W_V[2,3,4]",
                                          "blocks.3.attn.W_O[2,4,3]", "blocks.3.attn.b_O[3]"});
}

TEST_CASE("queries and keys that do not fit are refused while tracing") {
  Graph g;
  const Var x = g.input("x", {2, 4, 3}), flat = g.input("flat", {2, 3}), other = g.input("other", {1, 4, 3});
  const Var wide = g.input("wide", {2, 4, 5}), longer = g.input("longer", {2, 5, 3});
  const doctest::Contains wanted("wanted [rows, query, d_model] and [rows, key, d_model]");
  for (const Var q : {flat, other, wide}) CHECK_THROWS_WITH_AS(trace_attention(q, x, {}), wanted, ShapeError);
  CHECK_THROWS_WITH_AS(trace_attention(longer, x, {.causal = true}), doctest::Contains("more queries than positions"),
                       ShapeError);
  CHECK_THROWS_AS(trace_attention({}, x, {}), NameError);
  CHECK_THROWS_AS(trace_attention(x, {}, {}), NameError);
}
