// lift in use; that it is right for every op is shown by the op machine.
#include "autodiff/lift.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/model.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

using Numbers = std::vector<double>;

// Tokens and a label for each row, a table, a dense layer, layer norm: a loss for each row.
Ends trace(Graph& g, std::int64_t rows) {
  const Var tokens = g.input("tokens", {rows, 3}), t = g.input("t", {rows});
  const Var table = g.parameter("embed", {5, 4}), w = g.parameter("w", {12, 6}), b = g.parameter("b", {6});
  const Var flat = reshape(take_rows(table, tokens), {rows, 12});
  const Var out = g.name(layer_norm(tanh(dense(flat, w, b))), "out");
  return {out, g.name(cross_entropy(out, t), "loss")};
}

Numbers sines(std::int64_t n, double shift) {
  Numbers v(n);
  for (std::int64_t i = 0; i < n; ++i) v[i] = std::sin(double(i) * 1.7 + shift);
  return v;
}

constexpr std::int64_t samples = 7;
const Numbers all_tokens{0, 1, 2, 3, 4, 0, 1, 1, 4, 2, 0, 3, 4, 4, 1, 2, 3, 0, 1, 0, 2},
    all_labels{0, 1, 2, 3, 4, 5, 0};

}  // namespace

TEST_CASE("gradients of each sample, of a model with tokens, are those of the samples alone") {
  Graph g, one;
  const Ends row = trace(g, 1);  // one row, of which there will be as many copies as samples
  const std::vector<Var> theta = g.parameter_values();
  std::vector<Var> inputs{g["tokens"], g["t"]};
  std::vector<Var> copies{g.input("all tokens", {samples, 1, 3}), g.input("all t", {samples, 1})};
  for (Var p : theta) inputs.push_back(p), copies.push_back(expand(p, Shape{samples} + p.shape()));
  const Var losses = lift({row.loss}, inputs, copies)[0];
  const std::vector<Var> each = grad(sum(losses), {copies.begin() + 2, copies.end()});
  Program<double> p(g, {.fetch = each});
  p.feed("all tokens", all_tokens), p.feed("all t", all_labels);
  for (std::size_t i = 0; i < theta.size(); ++i) p.feed(theta[i], sines(theta[i].shape().numel(), double(i)));
  p.run();

  const Var loss = sum(trace(one, 1).loss);
  const std::vector<Var> alone = grad(loss, one.parameter_values());
  Program<double> q(one, {.fetch = alone});
  for (std::size_t i = 0; i < theta.size(); ++i)
    q.feed(one.parameter_values()[i], sines(theta[i].shape().numel(), double(i)));
  for (std::int64_t s = 0; s < samples; ++s) {
    q.feed("tokens", std::span(all_tokens).subspan(std::size_t(3 * s), 3));
    q.feed("t", std::span(all_labels).subspan(std::size_t(s), 1));
    q.run();
    for (std::size_t i = 0; i < theta.size(); ++i) {
      const std::int64_t size = theta[i].shape().numel();
      CHECK(largest_difference(p.view(each[i]).subspan(s * size, size), q.view(alone[i])) < 1e-13);
    }
  }
}

TEST_CASE("many ablations of an inner value run as one program") {
  Graph g;
  trace(g, 4);
  const Var twice = 2.0 * g["out"], end = sum(square(twice), {-1});
  Numbers mask(36, 1.0);  // copy c has neuron c of "out" set to zero
  for (int c = 0; c < 6; ++c) mask[std::size_t(7 * c)] = 0;
  const Var ablated = lift({end}, {g["out"]}, {g["out"] * g.input("kept", {6, 1, 6})})[0];
  CHECK(ablated.shape() == Shape{6, 4});
  Program<double> p(g, {.fetch = {ablated}, .feed = {g["out"]}});
  const Numbers out = sines(24, 0.3);
  p.feed("kept", mask), p.feed("out", out);
  p.run();
  for (int c = 0; c < 6; ++c)
    for (int row = 0; row < 4; ++row) {
      double want = 0;
      for (int i = 0; i < 6; ++i) want += i == c ? 0 : 4 * std::pow(out[std::size_t(6 * row + i)], 2);
      CHECK(p.view(ablated)[std::size_t(4 * c + row)] == doctest::Approx(want).epsilon(1e-14));
    }
}

TEST_CASE("as many copies as rows align with the copies, and what no copy reaches is the same for all") {
  Graph g;
  const Var x = g.input("x", {4, 3}), w = g.input("w", {3, 2}), b = g.input("b", {2});
  const Var ws = g.input("ws", {4, 3, 2}), bs = g.input("bs", {4, 2});  // four chains, four rows
  const std::vector<Var> both = lift({dense(x, w, b), square(x)}, {w, b}, {ws, bs});
  CHECK(both[1].shape() == Shape{4, 4, 3});
  Program<double> p(g, {.fetch = both});
  const Numbers xs = sines(12, 0), many = sines(24, 1), biases = sines(8, 2);
  p.feed(x, xs), p.feed(ws, many), p.feed(bs, biases);
  p.run();
  for (int c = 0; c < 4; ++c)
    for (int row = 0; row < 4; ++row)
      for (int o = 0; o < 2; ++o) {
        double want = biases[std::size_t(2 * c + o)];
        for (int i = 0; i < 3; ++i) want += xs[std::size_t(3 * row + i)] * many[std::size_t(6 * c + 2 * i + o)];
        CHECK(p.view(both[0])[std::size_t(8 * c + 2 * row + o)] == doctest::Approx(want).epsilon(1e-14));
      }
}

TEST_CASE("lift refuses what does not fit, by name") {
  Graph g, h;
  const Var x = g.input("x", {2, 3}), y = tanh(x);
  const auto refused = [&](const std::vector<Var>& inputs, const std::vector<Var>& copies, const char* text) {
    CHECK_THROWS_WITH_AS(lift({y}, inputs, copies), doctest::Contains(text), ShapeError);
  };
  refused({x}, {g.input("c", {3, 2})}, "wanted [copies, own shape]");
  refused({x}, {}, "1 inputs and 0 copies");
  refused({}, {}, "0 inputs");
  refused({x, y}, {g.input("a", {2, 2, 3}), g.input("b", {3, 2, 3})}, "as many copies of each");
  CHECK_THROWS_AS(lift({y}, {x}, {Var{}}), NameError);
  CHECK_THROWS_AS(lift({h.input("x", {2})}, {x}, {g.input("d", {2, 2, 3})}), NameError);
  const Var full = g.input("full", {1, 1, 1, 1, 1, 1, 1, 2}), e = g.input("e", {2, 2, 3});
  CHECK_THROWS_WITH_AS(lift({full + sum(x)}, {x}, {e}), doctest::Contains("more than 8 axes"), ShapeError);
}
