#include "interp/degeneracy/model_degeneracy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "interp/jacobian/model_jacobian.h"
#include "tests/interp/small_networks.h"
#include "tests/interp/transformer_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::int64_t own(const ModelDegeneracy& found, std::string_view label) {
  const ExplainedFamily* family = found.family(label);
  return family ? family->own.at_tolerance : 0;
}

// Both sides decided, nothing left over, and the bound not above the truth in either reading.
void check_explained(const ModelDegeneracy& found) {
  CHECK(found.decided());
  CHECK(found.bound().at_tolerance == found.free_directions());
  CHECK(found.bound().at_rounding <= found.free().at_rounding);
  std::int64_t sum = 0;
  for (const ExplainedFamily& family : found.families) {
    CHECK(family.gained.at_tolerance >= 0);
    CHECK(family.gained.at_tolerance <= family.own.at_tolerance);
    sum += family.gained.at_tolerance;
  }
  CHECK(sum == found.bound().at_tolerance);
}

}  // namespace

TEST_CASE("a generic transformer without ReLUs: 56 of 213 directions are free, each kind with its own number") {
  nn::TransformerSpec spec = small_transformer();
  spec.activation = nn::Activation::gelu;
  const ModelPoint point = generic_point(nn::transformer(spec), 1);
  const ModelDegeneracy found = model_degeneracy(point, random_tokens(spec, 120, 1));
  CHECK(found.parameters == 28 + 12 + 60 + 20 + 58 + 35);
  CHECK(found.free_directions() == 4 * 4 + 2 * 2 * 4 + 4 + 4 + 4 * 4);
  check_explained(found);
  CHECK(own(found, "key biases") == 4);
  CHECK(own(found, "queries and keys") == 2 * 4);
  CHECK(own(found, "values and outputs") == 2 * 4);
  CHECK(own(found, "linear bases") == 16);
  CHECK(own(found, "shifts") == 4 + 4 * 4);
  CHECK(own(found, "low activations") == 4 + 4);  // no key bias is seen; one token and one position always add up
  CHECK(own(found, "low gradients") == 0);
  CHECK(own(found, "conditional") == 8);  // the same
  CHECK(found.family("rescaled neurons") == nullptr);
  for (const ExplainedFamily& family : found.families) CHECK(family.residual < 1e-13);
}

TEST_CASE("ReLU neurons rescale, and mix where they fire together; with the constant where they always fire") {
  nn::TransformerSpec spec = small_transformer();
  ModelPoint point = generic_point(nn::transformer(spec), 3);
  const Inputs tokens = random_tokens(spec, 120, 2);
  center_neurons(point, tokens, "blocks.0.");
  keep_on(point.parameters, "blocks.0.", 0, 2);
  synchronise(point.parameters, "blocks.0.", 2, 3, 1.5);
  const ModelDegeneracy found = model_degeneracy(point, tokens);
  CHECK(own(found, "rescaled neurons") == 6);
  CHECK(own(found, "synchronised neurons") == 2 + 2);
  CHECK(own(found, "shifts") == 4 + 4 * 4 + 2);
  CHECK(found.decided());
  // No rule for 2 (2 d - 2): bases of the stream before and behind neurons that always fire, which add a linear map.
  CHECK(found.unexplained() == 12);
}

TEST_CASE("layer norms: rotations, gains and what no reader sees") {
  for (const nn::LayerNorm norm : {nn::LayerNorm::pre, nn::LayerNorm::full}) {
    nn::TransformerSpec spec = small_transformer();
    spec.layer_norm = norm;
    spec.activation = nn::Activation::tanh;
    const ModelPoint point = generic_point(nn::transformer(spec), 4);
    const ModelDegeneracy found = model_degeneracy(point, random_tokens(spec, 120, 3));
    CHECK(found.free_directions() == transformer_free_directions(shape_of(spec)));
    check_explained(found);
    CHECK(own(found, "linear bases") == 3);
    CHECK(own(found, "layer-norm gains") == (norm == nn::LayerNorm::full ? 3 * 4 : 0));
    // The scale of the stream is seen through epsilon alone: nearly null, and not counted.
    REQUIRE(found.family("layer-norm scale") != nullptr);
    CHECK(found.family("layer-norm scale")->residual > 1e-9);
    CHECK(found.family("layer-norm scale")->residual < 1e-4);
    CHECK(own(found, "layer-norm scale") == 0);
  }
}

TEST_CASE("an MLP is counted as by its layers") {
  const ModelPoint model = small_model({3, 6, 4, 2}, Kind::relu);
  const Matrix x = random_matrix(300, 3, "inputs");
  const ModelDegeneracy found = model_degeneracy(with_output(model, "out"), {{"x", x}});
  ReluNet net;
  for (const NamedTensor& tensor : named_tensors(model.parameters))
    if (tensor.value.shape.rank() == 2)
      net.weights.push_back(transpose(tensor.value));
    else
      net.biases.push_back(tensor.value.data);
  const DegeneracyReport report = degeneracy(net, x);
  CHECK(found.free_directions() == report.free_directions());
  CHECK(found.bound().at_tolerance == report.conditional.lower_bound);
  CHECK(own(found, "rescaled neurons") == 10);
}

TEST_CASE("what the rules do not know is fixed: no move is named that the outputs see") {
  // A table that both embeds and unembeds, and a square in the way.
  Model tied;
  tied.trace = [](Graph& graph, std::int64_t rows) {
    const Var table = graph.parameter("table", {5, 3}, {Start::normal, 1});
    const Var x = take_rows(table, graph.input("tokens", {rows, 2}));
    const Var h = square(dense(x, graph.parameter("W", {3, 4}, {Start::normal, 1})));
    const Var y = dense(h, graph.parameter("V", {4, 3}, {Start::normal, 1}));
    return Ends{matmul(y, table, false, true), {}};
  };
  const ModelPoint point = generic_point(tied, 6);
  Tensor<double> tokens({25, 2});
  for (std::int64_t i = 0; i < 25; ++i) tokens(i, 0) = double(i % 5), tokens(i, 1) = double(i / 5);
  const ModelDegeneracy found = model_degeneracy(point, {{"tokens", tokens}});
  for (const char* none : {"linear bases", "rescaled neurons", "shifts"}) CHECK(found.family(none) == nullptr);
  CHECK(found.bound().at_tolerance <= found.free_directions());
}

TEST_CASE("nearly tied heads: undecided, and the bound below the truth in both readings") {
  nn::TransformerSpec spec = small_transformer();
  spec.activation = nn::Activation::tanh;
  ModelPoint point = generic_point(nn::transformer(spec), 7);
  tie_heads(point.parameters, "blocks.0.", 0, 1, Rng(7, "tie"));
  const Inputs tokens = random_tokens(spec, 120, 4);
  const std::int64_t tied = model_degeneracy(point, tokens).free_directions();
  CHECK(tied == 56 - 2 * 4 + 16);
  point.parameters["blocks.0.attn.W_Q"][9] += 1e-11;
  const ModelDegeneracy found = model_degeneracy(point, tokens);
  CHECK_FALSE(found.decided());
  CHECK(found.free().at_tolerance == tied);
  CHECK(found.free().at_rounding == 56);
  CHECK(found.bound().at_tolerance <= found.free().at_tolerance);
  CHECK(found.bound().at_rounding <= found.free().at_rounding);
  const auto json = nlohmann::json::parse(to_json(found));
  CHECK(json.at("verdict") == "undecided");
  CHECK(json.at("free_directions").is_null());
  CHECK(json.at("readings").at("free_directions") == std::vector<std::int64_t>{56, tied});
}

TEST_CASE("the same bits for any number of threads, and bad models are refused") {
  nn::TransformerSpec spec = small_transformer();
  const ModelPoint point = generic_point(nn::transformer(spec), 8);
  const Inputs tokens = random_tokens(spec, 60, 5);
  const auto at = [&](int threads) {
    return to_json(model_degeneracy(point, tokens, {.sweep = {.threads = threads}}));
  };
  CHECK(at(1) == at(2));
  CHECK(at(1) == at(3));
  Model none;
  none.trace = [](Graph& graph, std::int64_t) {
    graph.parameter("w", {1});
    return Ends{};
  };
  CHECK_THROWS_AS(model_degeneracy(generic_point(none, 1), tokens), UsageError);
  CHECK_THROWS_AS(model_degeneracy(point, {}), DataError);
  ModelPoint bad = point;
  bad.parameters["embed.W_E"][0] = NAN;
  CHECK_THROWS_AS(model_degeneracy(bad, tokens), NumericalError);
}

TEST_CASE("key biases are free where scores go to a softmax, and nowhere else") {
  const auto attention = [](bool capped) {
    Model model;
    model.trace = [capped](Graph& graph, std::int64_t rows) {
      const Var x = graph.input("x", {rows, 3, 4});
      const auto weight = [&](const char* name, const Shape& shape) {
        return graph.parameter(name, shape, {Start::normal, 1});
      };
      const Var q = dense(x, weight("W_Q", {4, 2})), k = dense(x, weight("W_K", {4, 2}), weight("b_K", {2}));
      const Var scores = matmul(q, k, false, true), v = dense(x, weight("W_V", {4, 2}));
      const Var pattern = softmax(capped ? tanh(scores) : scores);
      return Ends{dense(matmul(pattern, v), weight("W_O", {2, 3}), weight("b_O", {3})), {}};
    };
    Tensor<double> x({40, 3, 4});
    Rng(12, "x").fill_normal(std::span(x.data));
    return model_degeneracy(generic_point(model, 12, 0.7), {{"x", x}});
  };
  const ModelDegeneracy found = attention(false), capped = attention(true);
  CHECK(found.free_directions() == 2 * 2 + 2 * 2 + 2);
  CHECK(own(found, "key biases") == 2);
  CHECK(own(found, "values and outputs") == 4);
  check_explained(found);
  CHECK(capped.free_directions() == 2 * 2 + 2 * 2);
  CHECK(capped.family("key biases") == nullptr);
  check_explained(capped);
}

TEST_CASE("fewer rows than parameters: what is missing in the data is free, weight by weight") {
  const nn::TransformerSpec spec = small_transformer();
  const ModelDegeneracy found = model_degeneracy(generic_point(nn::transformer(spec), 13), random_tokens(spec, 1, 13));
  CHECK(found.free_directions() >= 213 - 21);
  CHECK(found.bound().at_tolerance <= found.free_directions());
  const ExplainedFamily* conditional = found.family("conditional");
  REQUIRE(conditional != nullptr);
  CHECK(conditional->moves > 21);
  CHECK(conditional->own.at_tolerance == conditional->moves);
}
