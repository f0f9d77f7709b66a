// Layer normalisation with its scale as a value on the way.
#include "autodiff/layer_norm.h"

#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"

using namespace basin;

TEST_CASE("it has the values and gradients of layer_norm") {
  Graph g;
  const Var x = g.input("x", {2, 3, 5}), seed = g.input("seed", {2, 3, 5});
  const Var composed = trace_layer_norm(x, "ln1.", false), whole = layer_norm(x);
  const Var a = grad(sum(seed * composed), {x})[0], b = grad(sum(seed * whole), {x})[0];
  Program<double> p(g, {.fetch = {composed, whole, a, b}});
  testing::fill_inputs(p);
  p.run();
  CHECK(g["ln1.hook_scale"].shape() == Shape{2, 3, 1});
  CHECK(largest_difference(p.view("ln1.hook_normalized"), p.view(whole)) < 1e-14);
  CHECK(largest_difference(p.view(a), p.view(b)) < 1e-13);
  CHECK(g.parameters().empty());
}

TEST_CASE("scale and shift start at one and zero and come after the division") {
  Graph g;
  const Var x = g.input("x", {2, 5});
  const Var y = trace_layer_norm(x, "ln.", true), want = layer_norm(x) * g["ln.w"] + g["ln.b"];
  REQUIRE(g.parameters().size() == 2);
  CHECK(g.parameters()[0].start.kind == Start::ones);
  CHECK(g.parameters()[1].start.kind == Start::zeros);
  Program<double> p(g, {.fetch = {y, want}});
  testing::fill_inputs(p);
  p.run();
  CHECK(largest_difference(p.view(y), p.view(want)) < 1e-14);
}

TEST_CASE("a fed scale is held fixed") {
  Graph g;
  const Var x = g.input("x", {2, 4}), y = trace_layer_norm(x, "ln.", false), scale = g["ln.hook_scale"];
  const Var want = (x - mean(x, {-1}, true)) / scale;
  Program<double> p(g, {.fetch = {y, want}, .feed = {scale}});
  testing::fill_inputs(p);
  p.feed(scale, std::vector<double>{2.0, 0.5});
  p.run();
  CHECK(largest_difference(p.view(y), p.view(want)) == 0);
}
