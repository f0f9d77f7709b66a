#include "interp/look/path.h"

#include <doctest/doctest.h>

#include "nn/transformer.h"
#include "tests/interp/path_cases.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("paths begin at zero, at the mean over the data or at other data") {
  const ModelPoint model = small_model(widths, Kind::relu);
  const Inputs data = some_inputs(5);
  const Tensor<double> post = value_of_rows(model, data, "layers.0.post", {.chunk = 2});
  REQUIRE(post.shape == Shape{5, 12});
  CHECK(path_from_zero(model, data, "layers.0.post").from.data == std::vector<double>(60, 0.0));
  const Path mean = path_from_mean(model, data, "layers.0.post");
  CHECK(mean.to.data == post.data);
  for (std::int64_t j = 0; j < 12; ++j) {
    double sum = 0;
    for (std::int64_t r = 0; r < 5; ++r) sum += post(r, j);
    for (std::int64_t r = 0; r < 5; ++r) CHECK(mean.from(r, j) == doctest::Approx(sum / 5));
  }
  CHECK_THROWS_WITH_AS(path_from_other(model, data, some_inputs(4), "x"), doctest::Contains("5 rows of data and 4"),
                       DataError);
  CHECK_THROWS_WITH_AS(path_from_zero(model, data, "layers.0.weight"), doctest::Contains("is a parameter"), UsageError);
  const ModelPoint scalar = expression(2, [](Var x) { return sum(x); });
  CHECK_THROWS_WITH_AS(path_from_zero(scalar, {{"x", Matrix({3, 2})}}, "m"), doctest::Contains("wanted [rows"),
                       ShapeError);
}

TEST_CASE("what is no sum over kinks is refused by the name of the first value that bends otherwise") {
  const auto refused = [](const std::function<Var(Var)>& f, const char* why) {
    const ModelPoint model = expression(2, f);
    CHECK_THROWS_WITH_AS(exact_of(model, straight({0, 0}, {1, 1})), doctest::Contains(why), UsageError);
  };
  refused([](Var x) { return column(x.graph->name(softmax(relu(x)), "p"), 0); },
          "'p' = softmax [1,2] is not piecewise");
  refused([](Var x) { return column(gelu(x), 0); }, "gelu");
  refused([](Var x) { return column(x, 0) * column(x, 1); }, "multiplies two values that move");
  refused([](Var x) { return recip(column(x, 0)); }, "not piecewise linear");
  refused([](Var x) { return column(x, 1) / column(x, 0); }, "divides by a value that moves");
  refused([](Var x) { return column(stop_gradient(x), 0); }, "stops the gradient");
  refused([](Var x) { return 2 * step(column(x, 0)); }, "jumps while");
  refused([](Var x) { return greater(column(x, 0), column(x, 1)); }, "jumps while");
  refused([](Var x) { return where(relu(column(x, 0)), column(x, 1), column(x, 0)); }, "by no comparison");
  refused([](Var x) { return pick(2 * x, argmax(x)); }, "looks up an index that moves");
  refused([](Var x) { return mse(x, fill(*x.graph, 0, x.shape())); }, "help: use a quadrature");
  refused([](Var x) { return x.graph->input("y", {x.shape()[0]}); }, "does not depend on 'x'");
}

TEST_CASE("bad paths, metrics and options are refused") {
  const ModelPoint model = small_model(widths, Kind::relu);
  const Inputs data = some_inputs(2);
  const Path path = path_from_zero(model, data, "x");
  const RowMetric out = entry_of("out", 0);
  CHECK_THROWS_WITH_AS(integrate(model, data, {"layers.0.bias", {}, {}}, out), doctest::Contains("is a parameter"),
                       UsageError);
  CHECK_THROWS_WITH_AS(integrate_exactly(model, data, {"x", path.from, Matrix({2, 4})}, out),
                       doctest::Contains("has shape [2,4], wanted [2,5]"), ShapeError);
  CHECK_THROWS_AS(integrate(model, data, path, entry_of("aut", 0)), NameError);
  CHECK_THROWS_WITH_AS(integrate(model, data, path, entry_of("out", 2)), doctest::Contains("entry 2 of 'layers.2.pre'"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(integrate_exactly(model, data, path, [](Graph& g) { return g["out"]; }),
                       doctest::Contains("no number for each row"), ShapeError);
  CHECK_THROWS_AS(integrate(model, data, path, out, 0), UsageError);
  CHECK_THROWS_WITH_AS(integrate_exactly(model, data, path, out, {.max_pieces = 2}),
                       doctest::Contains("more than 2 pieces on the path of row 0"), NumericalError);
}

TEST_CASE("tokens have nothing between them; their embedding has") {
  const Model transformer = nn::transformer({.d_model = 6,
                                             .n_heads = 2,
                                             .d_head = 3,
                                             .d_mlp = 8,
                                             .d_vocab = 5,
                                             .d_vocab_out = 5,
                                             .n_ctx = 3,
                                             .last_position = true});
  ModelPoint model{transformer, Parameters<double>(parameters_of(transformer))};
  model.parameters.start(3);
  const Inputs data{{"tokens", {{2, 3}, {0, 1, 2, 3, 4, 0}}}}, other{{"tokens", {{2, 3}, {0, 2, 2, 3, 1, 3}}}};
  CHECK_THROWS_WITH_AS(integrate(model, data, path_from_other(model, data, other, "tokens"), entry_of("logits", 1)),
                       doctest::Contains("'tokens' = input [2,3] is looked up as an index"), UsageError);
  const Path path = path_from_other(model, data, other, "hook_embed");
  const PathIntegral p = integrate(model, data, path, entry_of("logits", 1), 24);
  CHECK(p.largest_residual() < 1e-2);
  const Tensor<double> logits = value_of_rows(model, data, "logits"), before = value_of_rows(model, other, "logits");
  for (std::int64_t r = 0; r < 2; ++r) {
    CHECK(p.after[std::size_t(r)] == doctest::Approx(logits(r, 1)));
    CHECK(p.before[std::size_t(r)] == doctest::Approx(before(r, 1)));
    for (std::int64_t i = 0; i < 6; ++i) CHECK(p.values[r * 18 + i] == 0);  // the first token is the same
  }
  CHECK_THROWS_WITH_AS(integrate_exactly(model, data, path, entry_of("logits", 1)),
                       doctest::Contains("multiplies two values that move"), UsageError);
}
