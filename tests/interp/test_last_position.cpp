#include "interp/look/last_position.h"

#include <doctest/doctest.h>

#include "nn/transformer.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t rows = 10, positions = 4, heads = 2, d_model = 6;

ModelPoint model_of(bool last_position) {
  const Model model = nn::transformer({.d_model = d_model,
                                       .n_heads = heads,
                                       .d_head = 3,
                                       .d_mlp = 8,
                                       .d_vocab = 5,
                                       .d_vocab_out = 5,
                                       .n_ctx = positions,
                                       .last_position = last_position});
  ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  point.parameters.start(3);
  return point;
}

Inputs tokens() {
  Inputs data{{"tokens", Tensor<double>({rows, positions})}};
  for (std::int64_t i = 0; i < rows * positions; ++i) data["tokens"][i] = double(i * i % 5);
  return data;
}

// Of all rows in one run.
Tensor<double> plain(const ModelPoint& model, const std::string& name) {
  Runner<double> runner(model, model.parameters,
                        [&](Graph& graph, const Ends&) { return ProgramSpec{.fetch = {graph[name]}}; });
  auto& batch = runner.run(tokens(), 0, rows);
  const auto values = batch.program->view(batch.spec.fetch[0]);
  return {batch.spec.fetch[0].shape(), {values.begin(), values.end()}};
}

}  // namespace

TEST_CASE("values at the last position and mean attention are those of one run over all rows") {
  const std::string neurons = "blocks.0.mlp.hook_post", pattern = "blocks.0.attn.hook_pattern";
  for (const bool only_last : {false, true}) {
    const ModelPoint model = model_of(only_last);
    const Tensor<double> post = plain(model, neurons), attention = plain(model, pattern);
    const std::int64_t queries = only_last ? 1 : positions;
    for (const std::int64_t chunk : {3, 256}) {
      const Matrix last = at_last_position(model, tokens(), neurons, {.chunk = chunk, .threads = 2});
      REQUIRE(last.shape == Shape{rows, 8});
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < 8; ++j)
          CHECK(last(i, j) == doctest::Approx(post[((i + 1) * queries - 1) * 8 + j]));
      const Matrix mean = mean_attention(model, tokens(), pattern, {.chunk = chunk});
      REQUIRE(mean.shape == Shape{heads, positions});
      const Tensor<double> each = last_attention(model, tokens(), pattern, {.chunk = chunk});
      REQUIRE(each.shape == Shape{rows, heads, positions});
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t key = 0; key < positions; ++key) {
          double sum = 0;
          CHECK(each[(4 * heads + h) * positions + key] ==
                doctest::Approx(attention[((4 * heads + h + 1) * queries - 1) * positions + key]));
          for (std::int64_t i = 0; i < rows; ++i)
            sum += attention[((i * heads + h + 1) * queries - 1) * positions + key];
          CHECK(mean(h, key) == doctest::Approx(sum / rows));
        }
    }
  }
}

TEST_CASE("what has other axes is refused by its shape") {
  const ModelPoint model = model_of(false);
  CHECK_THROWS_WITH_AS(at_last_position(model, tokens(), "blocks.0.attn.hook_q"),
                       doctest::Contains("wanted [1, positions, d]"), ShapeError);
  CHECK_THROWS_WITH_AS(mean_attention(model, tokens(), "blocks.0.hook_resid_pre"),
                       doctest::Contains("has shape [1,4,6] for one row"), ShapeError);
  CHECK_THROWS_AS(mean_attention(model, tokens(), "blocks.1.attn.hook_pattern"), NameError);
}
