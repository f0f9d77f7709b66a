// Transformers as models: names and shapes, the last position, configs, training.
#include "nn/transformer.h"

#include <doctest/doctest.h>

#include <set>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/rng.h"
#include "tests/core/temp_folder.h"
#include "tests/largest_difference.h"
#include "tests/nn/golden_transformers.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

TransformerSpec tiny() {
  return {
      .n_layers = 1, .d_model = 4, .n_heads = 2, .d_head = 3, .d_mlp = 6, .d_vocab = 7, .d_vocab_out = 5, .n_ctx = 3};
}

// "name[shape]", sorted, of a model traced for two rows.
std::set<std::string> names_of(const TransformerSpec& spec) {
  Graph g;
  transformer(spec).trace(g, 2);
  std::set<std::string> all;
  for (const auto& [name, id] : g.names()) all.insert(name + g.node(id).shape.str());
  return all;
}

using Names = std::set<std::string>;
const Names ends{"tokens[2,3]",       "embed.W_E[7,4]",        "pos_embed.W_pos[3,4]",
                 "hook_embed[2,3,4]", "hook_pos_embed[2,3,4]", "blocks.0.hook_resid_pre[2,3,4]",
                 "unembed.W_U[4,5]"};
const Names attention_weights{"blocks.0.attn.W_Q[2,4,3]", "blocks.0.attn.W_K[2,4,3]", "blocks.0.attn.W_V[2,4,3]",
                              "blocks.0.attn.W_O[2,3,4]"};
const Names attention_biases{"blocks.0.attn.b_Q[2,3]", "blocks.0.attn.b_K[2,3]", "blocks.0.attn.b_V[2,3]",
                             "blocks.0.attn.b_O[4]"};
const Names attention_values{
    "blocks.0.attn.hook_q[2,3,2,3]", "blocks.0.attn.hook_k[2,3,2,3]",           "blocks.0.attn.hook_v[2,3,2,3]",
    "blocks.0.attn.hook_z[2,3,2,3]", "blocks.0.attn.hook_attn_scores[2,2,3,3]", "blocks.0.attn.hook_pattern[2,2,3,3]",
    "blocks.0.hook_attn_out[2,3,4]"};
const Names mlp_weights{"blocks.0.mlp.W_in[4,6]", "blocks.0.mlp.W_out[6,4]"};
const Names mlp_biases{"blocks.0.mlp.b_in[6]", "blocks.0.mlp.b_out[4]"};
const Names mlp_values{"blocks.0.hook_mlp_in[2,3,4]", "blocks.0.mlp.hook_pre[2,3,6]", "blocks.0.mlp.hook_post[2,3,6]",
                       "blocks.0.hook_mlp_out[2,3,4]"};
const Names all_logits{"blocks.0.hook_resid_post[2,3,4]", "logits[2,3,5]", "t[2,3]", "loss[2,3]"};

Names joined(std::initializer_list<Names> parts) {
  Names all;
  for (const Names& part : parts) all.insert(part.begin(), part.end());
  return all;
}

// Sums of two numbers modulo 5: the tokens of "a b =" and the label.
Inputs sums() {
  Tensor<double> tokens({25, 3}), t({25});
  for (std::int64_t i = 0; i < 25; ++i)
    tokens(i, 0) = double(i / 5), tokens(i, 1) = double(i % 5), tokens(i, 2) = 5, t[i] = double((i / 5 + i % 5) % 5);
  return {{"tokens", tokens}, {"t", t}};
}

}  // namespace

TEST_CASE("a transformer has exactly these names and shapes") {
  CHECK(names_of(tiny()) == joined({ends,
                                    attention_weights,
                                    attention_biases,
                                    attention_values,
                                    mlp_weights,
                                    mlp_biases,
                                    mlp_values,
                                    all_logits,
                                    {"blocks.0.hook_resid_mid[2,3,4]", "unembed.b_U[5]"}}));
}

TEST_CASE("layer norms, attention alone, parallel attention and missing biases change exactly these names") {
  TransformerSpec spec = tiny();
  spec.layer_norm = LayerNorm::full;
  spec.b_Q = spec.b_K = spec.b_V = spec.b_O = spec.b_in = spec.b_out = spec.b_U = false;
  Names norms, full_norms;
  for (const char* at : {"blocks.0.ln1.", "blocks.0.ln2.", "ln_final."}) {
    norms.insert({at + std::string("hook_scale[2,3,1]"), at + std::string("hook_normalized[2,3,4]")});
    full_norms.insert({at + std::string("w[4]"), at + std::string("b[4]")});
  }
  const Names mid{"blocks.0.hook_resid_mid[2,3,4]"};
  const Names common = joined({ends, attention_weights, attention_values, all_logits});
  CHECK(names_of(spec) == joined({common, mlp_weights, mlp_values, mid, norms, full_norms}));
  spec.layer_norm = LayerNorm::pre, spec.parallel_attention = true;
  CHECK(names_of(spec) == joined({common, mlp_weights, mlp_values, norms}));
  spec.layer_norm = LayerNorm::none, spec.parallel_attention = false, spec.attention_only = true;
  CHECK(names_of(spec) == common);
}

TEST_CASE("for the last position alone, all that lies behind the last keys and values has one position") {
  TransformerSpec spec = tiny();
  spec.last_position = true;
  CHECK(names_of(spec) ==
        joined({ends,
                attention_weights,
                attention_biases,
                mlp_weights,
                mlp_biases,
                {"blocks.0.attn.hook_q[2,1,2,3]", "blocks.0.attn.hook_k[2,3,2,3]", "blocks.0.attn.hook_v[2,3,2,3]",
                 "blocks.0.attn.hook_z[2,1,2,3]", "blocks.0.attn.hook_attn_scores[2,2,1,3]",
                 "blocks.0.attn.hook_pattern[2,2,1,3]", "blocks.0.hook_attn_out[2,1,4]",
                 "blocks.0.hook_resid_mid[2,1,4]", "blocks.0.hook_mlp_in[2,1,4]", "blocks.0.mlp.hook_pre[2,1,6]",
                 "blocks.0.mlp.hook_post[2,1,6]", "blocks.0.hook_mlp_out[2,1,4]", "blocks.0.hook_resid_post[2,1,4]",
                 "unembed.b_U[5]", "logits[2,5]", "t[2]", "loss[2]"}}));
}

TEST_CASE("the last position alone has the logits and gradients that it has beside the others") {
  for (const char* name : {"full", "pre", "parallel", "attention_only", "two_way"}) {
    CAPTURE(name);
    const GoldenTransformer golden(name);
    TransformerSpec spec = golden.spec;
    spec.last_position = true;
    const std::int64_t rows = golden.rows(), n = spec.n_ctx;
    Graph all, last;
    const Ends a = golden.model.trace(all, rows), b = transformer(spec).trace(last, rows);
    const Var loss = mean(slice(a.loss, -1, n - 1, n)), logits = slice(a.output, -2, n - 1, n);
    std::vector<Var> from_all = grad(loss, all.parameter_values()), alone = grad(mean(b.loss), last.parameter_values());
    from_all.push_back(logits), alone.push_back(b.output);
    Program<double> p(all, {.fetch = from_all}, golden.parameters.bindings(all));
    Program<double> q(last, {.fetch = alone}, golden.parameters.bindings(last));
    p.feed("tokens", golden.arrays.at("tokens").data), q.feed("tokens", golden.arrays.at("tokens").data);
    p.feed("t", golden.arrays.at("t").data);
    for (std::int64_t r = 0; r < rows; ++r) q.input("t")[r] = golden.arrays.at("t")(r, n - 1);
    p.run(), q.run();
    for (std::size_t i = 0; i < alone.size(); ++i)
      CHECK(largest_difference(q.view(alone[i]), p.view(from_all[i]), beside_one) < 1e-13);
  }
}

TEST_CASE("without blocks there are embedding and unembedding, at the last position too") {
  TransformerSpec spec = tiny();
  spec.n_layers = 0, spec.last_position = true;
  CHECK(names_of(spec) == Names{"tokens[2,3]", "embed.W_E[7,4]", "pos_embed.W_pos[3,4]", "hook_embed[2,3,4]",
                                "hook_pos_embed[2,3,4]", "unembed.W_U[4,5]", "unembed.b_U[5]", "logits[2,5]", "t[2]",
                                "loss[2]"});
}

TEST_CASE("weights start normal with one deviation, biases at zero, scales at one") {
  TransformerSpec spec = tiny();
  spec.d_model = 100, spec.d_vocab = 400, spec.layer_norm = LayerNorm::full, spec.init_scale = 0.8;
  Parameters<double> p(parameters_of(transformer(spec)));
  p.start(1);
  double squares = 0;
  for (const double v : p["embed.W_E"]) squares += v * v;
  CHECK(std::sqrt(squares / 40000) == doctest::Approx(0.08).epsilon(0.02));
  for (const auto& slice : p.slices()) {
    const std::string name = slice.name.substr(slice.name.rfind('.') + 1);
    const double first = p[slice.name][0];
    CHECK_MESSAGE((name == "w" ? first == 1 : (name[0] == 'b') == (first == 0)), slice.name);
  }
}

TEST_CASE("a config holds the whole spec") {
  for (const auto& [name, spec] : golden_specs()) {
    const Model model = transformer(spec);
    CHECK(transformer_spec_from(model.config) == spec);
    CHECK(transformer_from(model.config).config == model.config);
  }
  TransformerSpec spec = tiny();
  spec.init_scale = 0.1, spec.b_V = false;
  CHECK(transformer_spec_from(transformer(spec).config) == spec);
}

TEST_CASE("a config that does not say what it must is refused by key") {
  const auto refused = [](const std::string& key, const std::string& value, const char* part) {
    auto config = transformer(tiny()).config;
    config[key] = value;
    if (value.empty()) config.erase(key);
    CHECK_THROWS_WITH_AS(transformer_spec_from(config), Contains(part), DataError);
  };
  refused("model", "mlp", "'model' is 'mlp' in the config; wanted transformer");
  refused("d_model", "", "there is no 'd_model' in the config");
  refused("d_model", "4x", "'d_model' is '4x' in the config; wanted a number");
  refused("d_model", "0", "d_model 0 given; wanted 1 or more");
  refused("causal", "true", "'causal' is 'true' in the config; wanted yes or no");
  refused("layer_norm", "LN", "'LN' given; wanted none, pre or full");
  refused("activation", "relo", "the nearest is 'relu'");
  refused("init_scale", "nan", "init_scale nan given; wanted 0 or more");
}

TEST_CASE("a spec that cannot be is refused by field") {
  const auto refused = [](auto change, const char* part) {
    TransformerSpec spec = tiny();
    change(spec);
    CHECK_THROWS_WITH_AS(transformer(spec), Contains(part), UsageError);
  };
  refused([](auto& s) { s.n_heads = 0; }, "n_heads 0 given; wanted 1 or more");
  refused([](auto& s) { s.n_layers = -1; }, "n_layers -1 given; wanted 0 or more");
  refused([](auto& s) { s.d_mlp = 0; }, "d_mlp 0 given; wanted 1 or more");
  refused([](auto& s) { s.attention_only = s.parallel_attention = true; }, "parallel_attention needs an MLP");
  CHECK_NOTHROW(transformer(
      {.d_model = 1, .n_heads = 1, .d_head = 1, .d_vocab = 1, .d_vocab_out = 1, .n_ctx = 1, .attention_only = true}));
}

TEST_CASE_TEMPLATE("a transformer trains and resumes to the same bytes, and its file rebuilds it", T, float, double) {
  const TempFolder folder;
  TransformerSpec spec = tiny();
  spec.d_model = 8, spec.d_mlp = 16, spec.last_position = true;
  const TrainSpec how{.schedule = {.rate = 3e-2}, .epochs = 150, .batch = 25};
  Trainer<T> whole(transformer(spec), how, sums()), half(transformer(spec), how, sums());
  const Values loss = [](Graph&, const Ends& e) { return std::vector<Var>{e.loss}; };
  const double before = whole.means_over(sums(), loss)[0];
  run_steps(half, 60);
  half.save(folder / "half.safetensors");
  const SafeTensors file = read_safetensors(folder / "half.safetensors");
  CHECK(file.tensors.at("blocks.0.attn.W_Q").shape == Shape{2, 8, 3});
  Trainer<T> rest(transformer_from(file.metadata), how, sums());
  rest.resume(folder / "half.safetensors");
  run_steps(rest, 1000), run_steps(whole, 1000);
  CHECK(bytes_of(rest, folder / "a.safetensors") == bytes_of(whole, folder / "b.safetensors"));
  CHECK(whole.means_over(sums(), loss)[0] < 0.2 * before);
  spec.causal = false;
  CHECK_THROWS_WITH_AS((Trainer<T>(transformer(spec), how, sums()).resume(folder / "half.safetensors")),
                       Contains("causal is yes, wanted no"), DataError);
}
