// An empty handle (Var{}) is refused by every function that takes a value, with the function's name. That no op is left
// out: test_ops.cpp, with the samples.
#include <doctest/doctest.h>

#include <functional>

#include "autodiff/einsum.h"
#include "autodiff/ops.h"
#include "autodiff/parameters.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

using Vars = std::vector<Var>;

struct Function {
  std::string name;
  std::vector<Shape> inputs;
  std::function<void(const Vars&)> call;
};

Var first(const Vars& v) { return v[0]; }

const std::vector<Function>& functions() {
  static const Shape m{3, 3}, v{3}, s{};
  static const std::vector<Function> list{
      {"add", {m, m}, [](const Vars& x) { x[0] + x[1]; }},
      {"add", {m}, [](const Vars& x) { x[0] + 1.0; }},
      {"add", {m}, [](const Vars& x) { 1.0 + x[0]; }},
      {"sub", {m, m}, [](const Vars& x) { x[0] - x[1]; }},
      {"sub", {m}, [](const Vars& x) { x[0] - 1.0; }},
      {"sub", {m}, [](const Vars& x) { 1.0 - x[0]; }},
      {"mul", {m, m}, [](const Vars& x) { x[0] * x[1]; }},
      {"mul", {m}, [](const Vars& x) { x[0] * 2.0; }},
      {"mul", {m}, [](const Vars& x) { 2.0 * x[0]; }},
      {"div", {m, m}, [](const Vars& x) { x[0] / x[1]; }},
      {"mul", {m}, [](const Vars& x) { x[0] / 2.0; }},
      {"where", {m, m, m}, [](const Vars& x) { where(x[0], x[1], x[2]); }},
      {"neg", {m}, [](const Vars& x) { -x[0]; }},
      {"square", {m}, [](const Vars& x) { square(x[0]); }},
      {"sqrt", {m}, [](const Vars& x) { sqrt(x[0]); }},
      {"recip", {m}, [](const Vars& x) { recip(x[0]); }},
      {"exp", {m}, [](const Vars& x) { exp(x[0]); }},
      {"log", {m}, [](const Vars& x) { log(x[0]); }},
      {"erf", {m}, [](const Vars& x) { erf(x[0]); }},
      {"tanh", {m}, [](const Vars& x) { tanh(x[0]); }},
      {"sigmoid", {m}, [](const Vars& x) { sigmoid(x[0]); }},
      {"relu", {m}, [](const Vars& x) { relu(x[0]); }},
      {"step", {m}, [](const Vars& x) { step(x[0]); }},
      {"rsqrt", {m}, [](const Vars& x) { rsqrt(x[0]); }},
      {"abs", {m}, [](const Vars& x) { abs(x[0]); }},
      {"sign", {m}, [](const Vars& x) { sign(x[0]); }},
      {"sin", {m}, [](const Vars& x) { sin(x[0]); }},
      {"cos", {m}, [](const Vars& x) { cos(x[0]); }},
      {"silu", {m}, [](const Vars& x) { silu(x[0]); }},
      {"softplus", {m}, [](const Vars& x) { softplus(x[0]); }},
      {"alias", {m}, [](const Vars& x) { alias(x[0]); }},
      {"stop_gradient", {m}, [](const Vars& x) { stop_gradient(x[0]); }},
      {"maximum", {m, v}, [](const Vars& x) { maximum(x[0], x[1]); }},
      {"minimum", {m, v}, [](const Vars& x) { minimum(x[0], x[1]); }},
      {"greater", {m, v}, [](const Vars& x) { greater(x[0], x[1]); }},
      {"max", {m}, [](const Vars& x) { max(x[0], {-1}); }},
      {"min", {m}, [](const Vars& x) { min(x[0], {-1}); }},
      {"argmax", {m}, [](const Vars& x) { argmax(x[0]); }},
      {"cumsum", {m}, [](const Vars& x) { cumsum(x[0], -1); }},
      {"log_softmax", {m}, [](const Vars& x) { log_softmax(x[0]); }},
      {"pick", {m, v}, [](const Vars& x) { pick(x[0], x[1]); }},
      {"place", {m, v}, [](const Vars& x) { place(x[0], x[1], 2); }},
      {"einsum", {m}, [](const Vars& x) { einsum("ij->ji", x[0]); }},
      {"einsum", {m, v}, [](const Vars& x) { einsum("ij,j->i", x[0], x[1]); }},
      {"clamp", {m}, [](const Vars& x) { clamp(x[0], 0, 1); }},
      {"gelu", {m}, [](const Vars& x) { gelu(x[0]); }},
      {"gelu_tanh", {m}, [](const Vars& x) { gelu_tanh(x[0]); }},
      {"matmul", {m, m}, [](const Vars& x) { matmul(x[0], x[1]); }},
      {"dense", {m, m}, [](const Vars& x) { dense(x[0], x[1]); }},
      {"expand",
       {m},
       [](const Vars& x) {
         expand(x[0], {2, 3, 3});
       }},
      {"reshape", {m}, [](const Vars& x) { reshape(x[0], {9}); }},
      {"permute",
       {m},
       [](const Vars& x) {
         permute(x[0], {-1, -2});
       }},
      {"permute", {m}, [](const Vars& x) { transpose(x[0]); }},
      {"slice", {m}, [](const Vars& x) { slice(x[0], -1, 0, 1); }},
      {"pad", {m}, [](const Vars& x) { pad(x[0], -1, 0, 1); }},
      {"concat", {m, m, m}, [](const Vars& x) { concat(x, -1); }},
      {"concat", {m}, [](const Vars& x) { concat(x, -1); }},
      {"sum", {m}, [](const Vars& x) { sum(x[0]); }},
      {"sum", {m}, [](const Vars& x) { sum(x[0], {-1}); }},
      {"mean", {m}, [](const Vars& x) { mean(x[0]); }},
      {"mean", {m}, [](const Vars& x) { mean(x[0], {-1}); }},
      {"softmax", {m}, [](const Vars& x) { softmax(x[0]); }},
      {"log_sum_exp", {m}, [](const Vars& x) { log_sum_exp(x[0]); }},
      {"take_rows", {m, v}, [](const Vars& x) { take_rows(x[0], x[1]); }},
      {"add_rows", {m, v}, [](const Vars& x) { add_rows(x[0], x[1], 4); }},
      {"cross_entropy", {m, v}, [](const Vars& x) { cross_entropy(x[0], x[1]); }},
      {"mse", {m, m}, [](const Vars& x) { mse(x[0], x[1]); }},
      {"layer_norm", {m}, [](const Vars& x) { layer_norm(x[0]); }},
      {"shape", {m}, [](const Vars& x) { x[0].shape(); }},
      {"name", {m}, [](const Vars& x) { Graph().name(x[0], "n"); }},
      {"grad", {s, v}, [](const Vars& x) { grad(x[0], {x[1]}); }},
      {"vjp", {v, v, m}, [](const Vars& x) { vjp({x[0]}, {x[1]}, {x[2]}); }},
      {"jvp", {v, m, m}, [](const Vars& x) { jvp({x[0]}, {x[1]}, {x[2]}); }},
      {"hvp", {s, m, m}, [](const Vars& x) { hvp(x[0], {x[1]}, {x[2]}); }},
  };
  return list;
}

}  // namespace

TEST_CASE("every function refuses an empty handle in every place, by name") {
  for (const Function& f : functions())
    for (std::size_t missing = 0; missing < f.inputs.size(); ++missing)
      for (const Var& nothing : {Var{}, Var{nullptr, 3}}) {
        Graph g;
        Vars x;
        for (const Shape& shape : f.inputs) x.push_back(g.anonymous_input(shape));
        x[missing] = nothing;
        CAPTURE(f.name);
        CAPTURE(missing);
        CHECK_THROWS_WITH_AS(f.call(x), doctest::Contains((f.name + ": an empty handle was given").c_str()), NameError);
      }
}

TEST_CASE("the message says what to do") {
  Graph g;
  Var x = g.input("x", {2});
  CHECK_THROWS_WITH_AS(
      x + Var{}, "add: an empty handle was given as value 2 of 2; help: a Var{} stands for nothing, assign it first",
      NameError);
  CHECK_THROWS_WITH_AS(first({Var{}}).shape(),
                       "shape: an empty handle was given; help: a Var{} stands for nothing, assign it first",
                       NameError);
}

TEST_CASE("programs refuse an empty handle wherever they take a value") {
  Graph g;
  Var x = g.input("x", {2}), y = square(x);
  const auto said = doctest::Contains("program: an empty handle was given");
  CHECK_THROWS_WITH_AS(Program<double>(g, {.fetch = {Var{}}}), said, NameError);
  CHECK_THROWS_WITH_AS(Program<double>(g, {.fetch = {y}, .flat = {Var{}}}), said, NameError);
  CHECK_THROWS_WITH_AS(Program<double>(g, {.fetch = {y}, .feed = {Var{}}}), said, NameError);
  CHECK_THROWS_WITH_AS(Program<double>(g, {.fetch = {y}}, {{Var{}, nullptr}}), said, NameError);
  Program<double> p(g, {.fetch = {y}});
  CHECK_THROWS_WITH_AS(p.feed(Var{}, std::vector<double>(2)), said, NameError);
  CHECK_THROWS_WITH_AS(p.input(Var{}), said, NameError);
  CHECK_THROWS_WITH_AS(p.view(Var{}), said, NameError);
  CHECK_THROWS_WITH_AS(p.copy(Var{}), said, NameError);
  CHECK_THROWS_WITH_AS(p.scalar(Var{}), said, NameError);
  CHECK_FALSE(p.has(Var{}));
}
