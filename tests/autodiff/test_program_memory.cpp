// Where values lie: the flat vector, shared memory, bound memory.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "autodiff/blocks.h"
#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using Numbers = std::vector<double>;

TEST_CASE("flat values lie in the order given, without gaps") {
  Graph g;
  Var x = g.input("x", {3}), w = g.input("w", {3, 5}), b = g.input("b", {5});
  Var y = tanh(dense(reshape(x, {1, 3}), w, b)), loss = sum(y * y);
  const std::vector<Var> wrt{b, x, w}, gradients = grad(loss, wrt);
  Program<double> p(g, {.fetch = {}, .flat = gradients}), apart(g, {.fetch = gradients});
  for (auto* q : {&p, &apart})
    for (Var in : wrt)
      for (std::int64_t i = 0; double& v : q->input(in)) v = std::cos(double(i++) + in.id);
  p.run(), apart.run();
  Numbers want;
  for (Var d : gradients) want.insert(want.end(), apart.view(d).begin(), apart.view(d).end());
  REQUIRE(p.flat().size() == 5 + 3 + 15);
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(p.flat()[i] == doctest::Approx(want[i]).epsilon(1e-14));
  CHECK(p.view(gradients[1]).data() == p.flat().data() + 5);
}

TEST_CASE("a flat value that is given twice, constant, an input or bound is copied") {
  Graph g;
  Var x = g.input("x", {2}), b = g.input("b", {2}), y = x * b, one = g.constant(1), zeros = fill(g, 0, {3});
  Numbers bound{10, 20};
  Program<double> p(g, {.fetch = {}, .flat = {y, x, y, one, zeros, b, reshape(y, {2, 1}), zeros}}, {{b, bound.data()}});
  const Numbers ends{10, 40, 1, 2, 10, 40, 1, 0, 0, 0, 10, 20, 10, 40, 0, 0, 0};
  p.feed(x, Numbers{1, 2});
  p.run();
  CHECK(Numbers(p.flat().begin(), p.flat().end()) == ends);
  p.run();
  CHECK(Numbers(p.flat().begin(), p.flat().end()) == ends);
}

TEST_CASE("gradients that are zero or equal fill their places") {
  Graph g;
  Var a = g.input("a", {2}), b = g.input("b", {2}), unused = g.input("unused", {3}), scalar = g.input("s", {});
  Program<double> p(g, {.fetch = {}, .flat = grad(sum(a + b), {a, unused, b, scalar})});
  p.run();
  CHECK(Numbers(p.flat().begin(), p.flat().end()) == Numbers{1, 1, 0, 0, 0, 1, 1, 0});
}

namespace {

struct Deep {  // twelve tanh layers of width 16 on 32 rows
  Deep() {
    for (int i = 0; i < 12; ++i) {
      params.push_back(g.input("w" + std::to_string(i), {16, 16}));
      h = tanh(matmul(h, params.back()) + 0.25 * h);
      if (i == 5) middle = h;
    }
    loss = mean(square(h));
    gradients = grad(loss, params);
  }
  template <class T>
  std::vector<T> run(Program<T>& p) const {
    auto fill_in = [&](Var v) {
      for (std::int64_t i = 0; T & number : p.input(v)) number = T(0.4 * std::sin(double(++i * (v.id + 3))));
    };
    fill_in(x);
    for (Var w : params) fill_in(w);
    p.run(), p.run();
    std::vector<T> out(p.flat().begin(), p.flat().end());
    out.push_back(p.scalar(loss));
    return out;
  }
  Graph g;
  Var x = g.input("x", {32, 16}), h = x, middle, loss;
  std::vector<Var> params, gradients;
};

}  // namespace

TEST_CASE("shared memory gives the same numbers from less memory") {
  Deep net;
  for (bool fuse : {true, false}) {
    Program<double> own(net.g, {.fetch = {net.loss}, .flat = net.gradients, .memory = Memory::keep, .fuse = fuse});
    Program<double> shared(net.g, {.fetch = {net.loss}, .flat = net.gradients, .fuse = fuse});
    CHECK(net.run(own) == net.run(shared));
    CHECK(shared.plan().bytes() < own.plan().bytes() * 3 / 4);
    CHECK_THROWS_AS(shared.view(net.h), NameError);
  }
  Program<double> forward(net.g, {.fetch = {net.loss}}), lean(net.g, {.fetch = {net.loss}, .memory = Memory::reuse});
  CHECK(lean.plan().bytes() < forward.plan().bytes() / 2);
}

TEST_CASE("with shared memory a fetched value is kept, and so is what a fetched view shows") {
  Deep net;
  Var shown = reshape(net.middle, {16, 32});
  Program<double> own(net.g, {.fetch = {net.loss, shown}, .flat = net.gradients, .memory = Memory::keep});
  Program<double> shared(net.g, {.fetch = {net.loss, shown}, .flat = net.gradients});
  CHECK(net.run(own) == net.run(shared));
  CHECK(own.copy(shown).data == shared.copy(shown).data);
}

TEST_CASE("values of no elements do no harm") {
  Graph g;
  Var x = g.input("x", {0, 3}), w = g.input("w", {3, 2}), b = g.input("b", {2});
  Var y = dense(x, w, b), loss = sum(square(tanh(y)));
  Var narrow = matmul(g.input("n", {2, 4, 0}), g.input("m", {0, 5}));
  const std::vector<Var> gradients = grad(loss, {w, b});
  for (bool fuse : {true, false}) {
    Program<double> p(g, {.fetch = {loss, narrow}, .flat = gradients, .fuse = fuse});
    for (const char* name : {"x", "w", "b", "n", "m"})
      for (double& v : p.input(name)) v = 1;
    for (int i = 0; i < 2; ++i) p.run();
    CHECK(p.scalar(loss) == 0);
    for (double v : p.flat()) CHECK(v == 0);
    for (double v : p.view(narrow)) CHECK(v == 0);
  }
}

TEST_CASE("a program that fills a flat vector shares memory, one that is made for looking keeps its values") {
  Deep net;
  const ProgramSpec look{.fetch = {net.loss}}, train{.fetch = {net.loss}, .flat = net.gradients};
  Program<double> looking(net.g, look), training(net.g, train);
  CHECK(looking.has(net.h));
  CHECK_FALSE(training.has(net.h));
  CHECK(training.has(net.loss));
  CHECK(training.has(net.x));
  CHECK(training.has(net.gradients[3]));
  CHECK_THROWS_WITH_AS(training.view(net.h), doctest::Contains("list it under fetch"), NameError);
  ProgramSpec keep = train;
  keep.memory = Memory::keep;
  CHECK(Program<double>(net.g, keep).has(net.h));
}

TEST_CASE("blocks that are taken never overlap, free neighbours become one, and the end grows") {
  std::mt19937_64 random(5);
  auto pick = [&](std::int64_t n) { return std::int64_t(random() % std::uint64_t(n)); };
  Blocks blocks(16);
  std::vector<std::pair<std::int64_t, std::int64_t>> live;
  for (int i = 0; i < 2000; ++i) {
    if (live.empty() || pick(5) > 1) {
      const std::int64_t n = 1 + pick(9), at = blocks.take(n);
      CHECK(at >= 16);
      CHECK(at + n <= blocks.top());
      for (const auto& [other, size] : live) REQUIRE((at + n <= other || other + size <= at));
      live.emplace_back(at, n);
    }
    if (live.size() > 20 || pick(3) == 0) {
      const auto [at, n] = live[std::size_t(pick(std::int64_t(live.size())))];
      std::erase(live, std::pair{at, n});
      blocks.give(at, n);
    }
  }
  for (const auto& [at, n] : live) blocks.give(at, n);
  const std::int64_t top = blocks.top();
  CHECK(top < 16 + 21 * 9);
  CHECK(blocks.take(top - 16) == 16);  // all one block again
  blocks.give(16, top - 16);
  CHECK(blocks.take(top) == 16);  // longer than the line: the end grows
  CHECK(blocks.top() == 16 + top);
}

TEST_CASE("the smallest block that is long enough is taken") {
  Blocks blocks(0);
  const std::int64_t a = blocks.take(5), b = blocks.take(1), c = blocks.take(3), d = blocks.take(1);
  blocks.give(a, 5), blocks.give(c, 3);
  CHECK(blocks.take(2) == c);
  CHECK(blocks.take(5) == a);
  CHECK(blocks.take(1) == c + 2);
  CHECK(b + d > 0);
  CHECK(blocks.top() == 10);
}

TEST_CASE("what is computed while planning keeps its memory, wherever it stands in the order") {
  Graph g;
  const Var x = g.input("x", {64}), total = sum(exp(x));         // gives the memory of exp(x) back
  const Var fixed = exp(g.constant(Tensor<double>({64}, 0.5)));  // planned after that, of the same length
  const Var y = total * fixed;
  Program<double> p(g, {.fetch = {y}, .memory = Memory::reuse});
  for (double at : {0.0, 1.0}) {
    p.feed(x, std::vector<double>(64, at)), p.run();
    CHECK(p.view(y)[63] == doctest::Approx(64 * std::exp(at + 0.5)));
  }
}
