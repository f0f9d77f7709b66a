// What a model's values are called, how large they are for n rows, and what programs take for fetching and feeding.
#include "autodiff/named_values.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "nn/supervised.h"
#include "nn/transformer.h"

using namespace basin;
using namespace basin::nn;

namespace {

NamedValue value_of(const Model& model, const std::string& name) {
  const auto values = named_values(model);
  const auto found = std::ranges::find(values, name, &NamedValue::name);
  REQUIRE_MESSAGE(found != values.end(), name);
  return *found;
}

Model small_transformer() {
  return transformer({.d_model = 4,
                      .n_heads = 2,
                      .d_head = 3,
                      .d_mlp = 8,
                      .d_vocab = 5,
                      .d_vocab_out = 6,
                      .n_ctx = 7,
                      .layer_norm = LayerNorm::full});
}

// Whether programs that fetch all ends take the role for what it says.
void check_roles(const Model& model) {
  Graph graph;
  model.trace(graph, 2);
  std::vector<Var> all;
  for (const auto& [name, id] : graph.names()) all.push_back(graph[name]);
  const auto is_used = [&](Var v) {
    for (Id id = 0; id < graph.size(); ++id)
      for (const Id in : graph.node(id).in)
        if (in == v.id) return true;
    return false;
  };
  std::vector<Var> ends;
  std::ranges::copy_if(all, std::back_inserter(ends), [&](Var v) { return !is_used(v); });
  for (const NamedValue& value : named_values(model)) {
    CAPTURE(value.name);
    const Var v = graph[value.name];
    CHECK_NOTHROW(Program<double>(graph, {.fetch = {v}}));
    if (value.role == ValueRole::inner) CHECK_NOTHROW(Program<double>(graph, {.fetch = ends, .feed = {v}}));
    CHECK((value.role == ValueRole::end) == (std::ranges::find(ends, v) != ends.end()));
  }
}

}  // namespace

TEST_CASE("values of an MLP have their roles and shapes for n rows") {
  const Model net = mlp({.widths = {4, 3, 2}}, Loss::cross_entropy);
  const auto is = [&](const std::string& name, const std::string& shape, ValueRole role) {
    const NamedValue v = value_of(net, name);
    CAPTURE(name);
    CHECK(v.shape == shape);
    CHECK(name_of(v.role) == name_of(role));
  };
  is("x", "[n,4]", ValueRole::input);
  is("t", "[n]", ValueRole::input);
  is("layers.0.weight", "[4,3]", ValueRole::parameter);
  is("layers.0.post", "[n,3]", ValueRole::inner);
  is("layers.1.pre", "[n,2]", ValueRole::inner);
  is("loss", "[n]", ValueRole::end);
  CHECK(named_values(net).front().name == "x");
  CHECK(named_values(net).back().name == "loss");
}

TEST_CASE("values of a transformer keep their names, and axes that are no rows their lengths") {
  const Model model = small_transformer();
  CHECK(value_of(model, "tokens").shape == "[n,7]");
  CHECK(value_of(model, "blocks.0.hook_resid_pre").shape == "[n,7,4]");
  CHECK(value_of(model, "blocks.0.attn.W_Q").role == ValueRole::parameter);
  CHECK(value_of(model, "logits").shape == "[n,7,6]");
}

TEST_CASE("lengths that grow with the rows say how") {
  const Model model{[](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 3});
    graph.name(reshape(x, {3 * rows}), "flat");
    graph.input("edges", {rows + 1, 2 * rows - 1});
    graph.name(graph.constant(1.0), "one");
    return Ends{graph.name(x * 2.0, "twice"), {}};
  }};
  CHECK(value_of(model, "flat").shape == "[3n]");
  CHECK(value_of(model, "edges").shape == "[n+1,2n-1]");
  CHECK(value_of(model, "one").shape == "[]");
  CHECK(value_of(model, "twice").role == ValueRole::end);
}

TEST_CASE("programs fetch every named value and take every inner one as fed") {
  check_roles(mlp({.widths = {4, 3, 2}}, Loss::mse));
  check_roles(mlp({.widths = {4, 3, 3, 2}, .activation = Activation::gelu}, Loss::cross_entropy));
  check_roles(small_transformer());
}
