#include "interp/degeneracy/transformer_count.h"

#include <doctest/doctest.h>

#include "core/npz.h"
#include "interp/degeneracy/model_degeneracy.h"
#include "nn/import.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/transformer_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

// Measured: N - rank J, decided, and explained to the last direction.
std::int64_t measured(const ModelPoint& point, const Inputs& tokens) {
  const ModelDegeneracy found = model_degeneracy(point, tokens);
  CHECK(found.decided());
  CHECK(found.bound().at_tolerance == found.free_directions());
  return found.free_directions();
}

nn::TransformerSpec smooth_transformer() {
  nn::TransformerSpec spec = small_transformer();
  spec.activation = nn::Activation::gelu;
  return spec;
}

std::int64_t predicted(const nn::TransformerSpec& spec) { return transformer_free_directions(shape_of(spec)); }

// Sizes, biases, norms and connections by chance.
nn::TransformerSpec drawn_spec(Rng& rng) {
  const auto below = [&](std::int64_t n) { return std::int64_t(rng.next_u64() % std::uint64_t(n)); };
  nn::TransformerSpec s{.n_layers = 1 + below(2),
                        .d_model = 4 + below(2),
                        .n_heads = 1 + below(3),
                        .d_head = 1 + below(3),
                        .d_mlp = 4 + below(3),
                        .d_vocab = 6 + below(2),
                        .d_vocab_out = 6 + below(2),
                        .n_ctx = 3 + below(2)};
  s.layer_norm = nn::LayerNorm(below(3));
  s.activation = nn::Activation::tanh;
  s.causal = below(2), s.last_position = below(3) == 0;
  s.attention_only = below(4) == 0;
  s.parallel_attention = !s.attention_only && below(3) == 0;
  for (bool* bias : {&s.b_Q, &s.b_K, &s.b_V, &s.b_O, &s.b_in, &s.b_out, &s.b_U}) *bias = below(3) > 0;
  return s;
}

}  // namespace

TEST_CASE("the closed form in integers") {
  TransformerShape s = shape_of(small_transformer());
  // d^2 + 2 H m^2 + H m + H m + 4 d + d_mlp
  CHECK(transformer_free_directions(s) == 16 + 16 + 4 + 4 + 16 + 6);
  s.b_U = false;  // nothing takes back what all positions have more: one constant of the four is seen
  CHECK(transformer_free_directions(s) == 62 - 4);
  s = shape_of(small_transformer());
  s.blocks[0].sharing = {2};  // (2 m)^2 for 2 m^2
  CHECK(transformer_free_directions(s) == 62 + 8);
  s = shape_of(small_transformer());
  // 4 + 1 + 4 for 5, two constants and 2 (2 d - 2) bases more, and one neuron's 4 + 4 + 1 weights.
  s.blocks[0] = {{1, 1}, {2, 1}, 2, 1};
  CHECK(transformer_free_directions(s) == 62 - 6 + 4 + 1 + 4 + 2 + 12 + 9);
  s = shape_of(small_transformer());
  s.used = 5;
  CHECK(transformer_free_directions(s) == 62 + 2 * 4);
  s.used = 8;
  CHECK_THROWS_WITH_AS(transformer_free_directions(s), doctest::Contains("8 of 7 tokens"), UsageError);
  s = shape_of(small_transformer());
  s.unread = 1, s.norm = TransformerShape::Norm::pre;
  CHECK_THROWS_AS(transformer_free_directions(s), UsageError);
}

TEST_CASE("a transformer of any sizes, biases, norms: measured as predicted, and all of it explained") {
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    Rng rng(seed, "spec");
    const nn::TransformerSpec spec = drawn_spec(rng);
    const Model model = nn::transformer(spec);
    std::string text;
    for (const auto& [key, value] : model.config) text += key + " " + value + ", ";
    CAPTURE(text);
    CHECK(measured(generic_point(model, seed, 0.7), random_tokens(spec, 100, seed)) == predicted(spec));
  }
}

TEST_CASE("ReLU networks: neurons counted by what data show") {
  const nn::TransformerSpec spec = small_transformer();
  ModelPoint point = generic_point(nn::transformer(spec), 2);
  const Inputs tokens = random_tokens(spec, 120, 2);
  center_neurons(point, tokens, "blocks.0.");
  TransformerShape shape = shape_of(spec);
  std::int64_t more = 0, unexplained = 0;
  SUBCASE("each for itself") {}
  SUBCASE("dead and always on") {
    silence_neurons(point.parameters, "blocks.0.", 0, 1);
    keep_on(point.parameters, "blocks.0.", 1, 2);
    shape.blocks[0] = {{1, 1}, {1, 1, 1}, 2, 1};
    unexplained = 2 * (2 * 4 - 2);
  }
  SUBCASE("proportional") {
    synchronise(point.parameters, "blocks.0.", 3, 4, 0.8);
    shape.blocks[0] = {{1, 1}, {2, 1, 1, 1, 1}, 0, 0};
    more = 4 - 2;  // outputs in d directions see one activation of two; of k^2 moves half are such
  }
  const ModelDegeneracy found = model_degeneracy(point, tokens);
  CHECK(found.decided());
  CHECK(found.free_directions() == transformer_free_directions(shape) + more);
  CHECK(found.unexplained() == unexplained);
}

TEST_CASE("heads that share a pattern, in the second block too") {
  nn::TransformerSpec spec = smooth_transformer();
  spec.n_layers = 2, spec.n_heads = 3, spec.d_model = 5;
  ModelPoint point = generic_point(nn::transformer(spec), 5, 0.7);
  tie_heads(point.parameters, "blocks.1.", 0, 2, Rng(5, "tie"));
  TransformerShape shape = shape_of(spec);
  shape.blocks[1].sharing = {2, 1};
  const ModelDegeneracy found = model_degeneracy(point, random_tokens(spec, 100, 5));
  CHECK(found.free_directions() == transformer_free_directions(shape));
  CHECK(found.free_directions() == predicted(spec) + 8);
  CHECK(found.bound().at_tolerance == found.free_directions());
  REQUIRE(found.family("shared patterns") != nullptr);
  CHECK(found.family("shared patterns")->own.at_tolerance == 8);
  CHECK(found.relations.softmaxes[1].group == std::vector<std::int64_t>{0, 1, 0});
  CHECK(found.relations.softmaxes[1].within < 1e-13);
  CHECK(found.relations.softmaxes[1].between > 1e-3);
}

TEST_CASE("counts are by data: tokens that are never met are free") {
  const nn::TransformerSpec spec = smooth_transformer();
  const ModelPoint point = generic_point(nn::transformer(spec), 9);
  const Inputs few = random_tokens(spec, 120, 9, 5);  // tokens 0 to 4 of 7
  TransformerShape shape = shape_of(spec);
  shape.used = 5;
  const ModelDegeneracy found = model_degeneracy(point, few);
  CHECK(found.free_directions() == transformer_free_directions(shape));
  CHECK(found.free_directions() == predicted(spec) + 2 * 4);
  CHECK(found.family("low activations")->own.at_tolerance == 2 * 4 + 4 + 4);
  CHECK(found.bound().at_tolerance == found.free_directions());
  // A token that is only ever at the last position: its row and that position's say the same.
  Inputs ends = random_tokens(spec, 120, 9, 6);
  for (std::int64_t i = 0; i < 120; ++i) ends["tokens"](i, 2) = 6;
  CHECK(measured(point, ends) == predicted(spec) + 4);
}

TEST_CASE("low-rank embeddings and unread directions of the residual stream") {
  nn::TransformerSpec spec = smooth_transformer();
  spec.d_model = 5;
  ModelPoint point = generic_point(nn::transformer(spec), 10);
  TransformerShape shape = shape_of(spec);
  const Inputs tokens = random_tokens(spec, 120, 10);
  SUBCASE("embeddings") {
    embed_low(point.parameters, 2, Rng(10, "low"));
    shape.embedded = 3;
    CHECK(transformer_free_directions(shape) == predicted(spec) + 2 * 3 * 4);
  }
  SUBCASE("unread") {
    leave_unread(point.parameters, 1, Rng(10, "unread"));
    shape.unread = 1;
  }
  CHECK(measured(point, tokens) == transformer_free_directions(shape));
}

TEST_CASE("counts of a numpy program on the same numbers") {
  const auto count = [](const std::string& name, const nn::ImportChoices& choices) {
    const std::string folder = std::string(BASIN_SOURCE_DIR) + "/tests/golden/transformer_ranks/";
    auto arrays = read_npz(folder + name + ".npz");
    const Inputs tokens{{"tokens", arrays.at("tokens")}};
    const auto free = std::int64_t(arrays.at("free")[0]);
    arrays.erase("tokens"), arrays.erase("free");
    NpzWriter out;
    for (const auto& [key, array] : arrays) out.add(key, array);
    TempFolder tmp;
    out.save(tmp / "weights.npz");
    nn::ImportedTransformer read = nn::import_transformer(tmp / "weights.npz", choices);
    ModelPoint point{read.model};
    point.parameters = read.parameters;
    const ModelDegeneracy found = model_degeneracy(point, tokens);
    CAPTURE(name);
    CHECK(found.decided());
    CHECK(found.free_directions() == free);
    CHECK(found.bound().at_tolerance <= free);
  };
  using enum nn::Activation;
  count("generic", {.activation = tanh});
  count("relu", {.activation = relu});
  count("tied", {.activation = tanh});
  count("pre", {.layer_norm = nn::LayerNorm::pre, .activation = tanh});
  count("full", {.activation = tanh, .parallel_attention = true});
  count("attention_only", {.causal = false});
  count("end_token", {.activation = tanh});
}

TEST_CASE("what is planted must be there") {
  nn::TransformerSpec spec = small_transformer();
  spec.b_in = false;
  ModelPoint point = generic_point(nn::transformer(spec), 11);
  CHECK_THROWS_AS(silence_neurons(point.parameters, "blocks.0.", 0, 1), NameError);
  CHECK_THROWS_AS(center_neurons(point, random_tokens(spec, 10, 11), "blocks.0."), NameError);
  CHECK_THROWS_AS(tie_heads(point.parameters, "blocks.1.", 0, 1, Rng(11, "tie")), NameError);
}
