// Which chains run as one kernel. That fused numbers are the unfused ones: test_ops.cpp and test_random_programs.cpp.
#include <doctest/doctest.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "autodiff/print.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

struct Layer {  // post = f(x W + b)
  explicit Layer(Var (*f)(Var)) : post(g.name(f(pre), "post")) {}
  Graph g;
  Var x = g.input("x", {8, 4}), w = g.input("w", {4, 5}), b = g.input("b", {5}), seed = g.input("seed", {8, 5});
  Var pre = g.name(dense(x, w, b), "pre"), post;

  std::size_t calls(const ProgramSpec& spec) { return Program<double>(g, spec).plan().calls.size(); }
};

}  // namespace

TEST_CASE("an activation runs with the dense layer in front of it") {
  for (auto f : {&relu, &tanh, &sigmoid}) {
    Layer l(f);
    CHECK(l.calls({.fetch = {l.post}}) == 1);
    CHECK(l.calls({.fetch = {l.post}, .fuse = false}) == 2);
  }
}

TEST_CASE("a dense layer that something else reads, or that is given, is not taken in") {
  Layer l(&tanh);
  CHECK(l.calls({.fetch = {l.post, l.pre}}) == 2);
  CHECK(l.calls({.fetch = {l.post}, .flat = {l.pre}}) == 2);
  CHECK(l.calls({.fetch = {l.post}, .feed = {l.pre}}) == 1);
  CHECK(l.calls({.fetch = {l.post, square(l.pre)}}) == 3);
  CHECK(l.calls({.fetch = {l.post, reshape(l.pre, {40})}}) == 2);
}

TEST_CASE("the backward pass of relu and tanh runs with the bias gradient") {
  for (auto f : {&relu, &tanh}) {
    Layer l(f);
    const auto gradients = vjp({l.post}, {l.seed}, {l.w, l.b});
    CHECK(l.calls({.fetch = {}, .flat = gradients}) == 3);  // layer; slope and column sums; weight gradient
    CHECK(l.calls({.fetch = {}, .flat = gradients, .fuse = false}) == (f == &relu ? 6 : 7));
  }
}

TEST_CASE("cross-entropy and its slope are one pass") {
  Graph g;
  Var x = g.input("x", {8, 4}), t = g.input("t", {8}), loss = cross_entropy(x, t), slope = grad(loss, {x})[0];
  CHECK(Program<float>(g, {.fetch = {loss, slope}}).plan().calls.size() == 2);  // the pass, and its scale 1/8
  CHECK(Program<float>(g, {.fetch = {loss, slope}, .fuse = false}).plan().calls.size() == 3);
  CHECK(Program<float>(g, {.fetch = {slope}}).plan().calls.size() == 2);
}
