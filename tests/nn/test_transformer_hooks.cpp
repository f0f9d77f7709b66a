// Looking into a transformer: values on the way are read, replaced and differentiated against.
#include <doctest/doctest.h>

#include <set>

#include "autodiff/op.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"
#include "tests/nn/golden_transformers.h"

using namespace basin;
using namespace basin::nn;
using Numbers = std::vector<double>;

namespace {

struct Looked {
  explicit Looked(const std::string& name) : golden(name), ends(golden.model.trace(graph, golden.rows())) {
    for (const auto& [value, id] : graph.names())
      if (!is_input(graph.node(id))) hooks.emplace_back(value, Var{&graph, id});
  }

  Program<double> program(const std::vector<Var>& fetch, const std::vector<Var>& feed = {}) {
    Program<double> p(graph, {.fetch = fetch, .feed = feed, .fuse = false}, golden.parameters.bindings(graph));
    for (const char* input : {"tokens", "t"})
      if (p.has(graph[input])) p.feed(input, golden.arrays.at(input).data);
    return p;
  }
  Numbers run(Var of, Var fed = {}, const Numbers& with = {}) {
    Program<double> p = fed ? program({of}, {fed}) : program({of});
    if (fed) p.feed(fed, with);
    p.run();
    return {p.view(of).begin(), p.view(of).end()};
  }
  // Whether `later` is computed from `earlier`, itself included.
  bool depends(Id later, Id earlier) const {
    if (later == earlier) return true;
    const Node& node = graph.node(later);
    for (int i = 0; i < node.arity(); ++i)
      if (node.in[i] >= earlier && depends(node.in[i], earlier)) return true;
    return false;
  }

  GoldenTransformer golden;
  Graph graph;
  Ends ends;
  std::vector<std::pair<std::string, Var>> hooks;
};

}  // namespace

TEST_CASE("a patch at any hook changes what lies behind it and nothing else") {
  for (const char* name : {"full", "pre", "parallel", "last"}) {
    Looked net(name);
    for (const auto& [at, fed] : net.hooks) {
      if (at == "loss") continue;
      CAPTURE(name);
      CAPTURE(at);
      std::vector<Var> behind, before;
      for (const auto& [other, v] : net.hooks)
        if (v != fed) (net.depends(v.id, fed.id) ? behind : before).push_back(v);
      std::vector<Var> all = before;
      all.insert(all.end(), behind.begin(), behind.end());
      Program<double> plain = net.program({all}), same = net.program(all, {fed}), other = net.program(all, {fed});
      const Numbers own = net.run(fed);
      Numbers changed = own;
      for (std::int64_t i = 0; double& v : changed) v += 0.1 * testing::number(i++);
      same.feed(fed, own), other.feed(fed, changed);
      plain.run(), same.run(), other.run();
      for (const Var v : all) CHECK(std::ranges::equal(same.view(v), plain.view(v)));
      for (const Var v : before) CHECK(std::ranges::equal(other.view(v), plain.view(v)));
      CHECK_FALSE(std::ranges::equal(other.view(net.ends.loss), plain.view(net.ends.loss)));
    }
  }
}

TEST_CASE("a patch at a position changes no earlier logit by a bit") {
  Looked net("full");
  const std::int64_t n = net.golden.spec.n_ctx, d = net.golden.spec.d_model, out = net.golden.spec.d_vocab_out;
  for (const char* hook : {"hook_embed", "blocks.0.hook_resid_mid", "blocks.1.hook_resid_pre"}) {
    const Numbers own = net.run(net.graph[hook]), before = net.run(net.ends.output);
    for (std::int64_t at = 0; at < n; ++at) {
      Numbers changed = own;
      changed[at * d] += 1;  // of the first row
      const Numbers after = net.run(net.ends.output, net.graph[hook], changed);
      for (std::int64_t p = 0; p < n; ++p)
        CHECK(std::equal(after.begin() + p * out, after.begin() + (p + 1) * out, before.begin() + p * out) == (p < at));
      CHECK(std::equal(after.begin() + n * out, after.end(), before.begin() + n * out));  // other rows
    }
  }
}

TEST_CASE("the Jacobian between two hooks is that of finite differences, and exactly 0 from later positions") {
  Looked net("full");
  Graph& g = net.graph;
  const Var from = g["blocks.0.hook_resid_mid"], to = g["blocks.1.mlp.hook_post"];
  const std::int64_t n = net.golden.spec.n_ctx, d = net.golden.spec.d_model, width = net.golden.spec.d_mlp;
  const std::int64_t outputs = to.shape().numel(), inputs = from.shape().numel();
  const Var seeds = g.anonymous_input(Shape{outputs} + to.shape());
  const Var jacobian = vjp({to}, {seeds}, {from})[0];
  Program<double> p = net.program({jacobian});
  for (std::int64_t i = 0; i < outputs; ++i) p.input(seeds)[i * outputs + i] = 1;
  p.run();
  const Numbers own = net.run(from);
  Program<double> moved = net.program({to}, {from});
  constexpr double h = 1e-5;
  double worst = 0;
  for (std::int64_t j = 0; j < inputs; ++j) {
    const auto at = [&](double step) {
      Numbers changed = own;
      changed[j] += step;
      moved.feed(from, changed);
      moved.run();
      return Numbers(moved.view(to).begin(), moved.view(to).end());
    };
    const Numbers up = at(h), down = at(-h);
    for (std::int64_t i = 0; i < outputs; ++i) {
      const double got = p.view(jacobian)[i * inputs + j];
      worst = worse(worst, std::abs(got - (up[i] - down[i]) / (2 * h)));
      const bool other_row = i / (n * width) != j / (n * d), later = j / d % n > i / width % n;
      if (other_row || later) CHECK(got == 0);
    }
  }
  CHECK(worst < 1e-8);
}

TEST_CASE("a fed pattern stands for attention: what made it is not computed") {
  Looked net("pre");
  const Var pattern = net.graph["blocks.1.attn.hook_pattern"], loss = net.ends.loss;
  const Program<double> p = net.program({loss}, {pattern});
  CHECK(p.has(net.graph["blocks.1.attn.hook_v"]));
  CHECK_FALSE(p.has(net.graph["blocks.1.attn.hook_q"]));
  CHECK_FALSE(p.has(net.graph["blocks.1.attn.hook_attn_scores"]));
}
