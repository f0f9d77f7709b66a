#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "core/npz.h"
#include "nn/checkpoint.h"
#include "nn/supervised.h"
#include "nn/transformer.h"
#include "tests/experiments/process.h"

using namespace basin;
using nlohmann::json;

namespace {

Result describe(std::vector<std::string> words) { return run_program("describe", std::move(words)); }

json described(std::vector<std::string> words) {
  words.push_back("--json");
  const Result r = describe(std::move(words));
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return json::parse(r.out);
}

void save(const Model& model, const std::string& path, bool with_config = true) {
  Parameters<float> parameters(parameters_of(model));
  parameters.start(1);
  SafeTensorsWriter file;
  nn::add_parameters(file, parameters);
  if (with_config)
    for (const auto& [key, value] : model.config) file.metadata(key, value);
  file.save(path);
}

Model small_mlp() { return nn::mlp({.widths = {4, 3, 2}}, nn::Loss::cross_entropy); }
Model small_transformer() {
  return nn::transformer(
      {.d_model = 4, .n_heads = 2, .d_head = 3, .d_mlp = 8, .d_vocab = 5, .d_vocab_out = 6, .n_ctx = 7});
}

json value_named(const json& all, const std::string& name) {
  for (const json& value : all.at("values"))
    if (value.at("name") == name) return value;
  return {};
}

void refused_words(std::vector<std::string> words, int code, const std::string& part) {
  const Result r = describe(std::move(words));
  CHECK(r.code == code);
  CHECK(r.out == "");
  CHECK_CONTAINS(r.err, part);
}

}  // namespace

TEST_CASE("describe prints tensors as a tree with totals, columns aligned") {
  const TempFolder tmp;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string path = tmp / "x.safetensors";
  SafeTensorsWriter()
      .add("a.10.w", Tensor<float>({2}, {3, -4}))
      .add("a.2.w", Tensor<double>({2, 2}, {0, nan, 12, nan}))
      .add("b", Tensor<std::int64_t>({0, 3}))
      .metadata("made", "by\nhand")
      .save(path);
  const Result r = describe({path});
  CHECK(r.err == "");
  CHECK(r.code == 0);
  CHECK(r.out == path + R"(

metadata
  made = 'by?hand'

name       shape  type  elements  norm  min  max  mean  NaN  Inf
a                              6    13   -4   12  2.75    2    0
  2                            4    12    0   12     6    2    0
    w      [2,2]  F64          4    12    0   12     6    2    0
  10                           2     5   -4    3  -0.5    0    0
    w      [2]    F32          2     5   -4    3  -0.5    0    0
b          [0,3]  I64          0     0    –    –     –    0    0
3 tensors                      6    13   -4   12  2.75    2    0
)");
  CHECK(describe({"--file", path}).out == r.out);
  const std::string top = describe({path, "--depth", "1"}).out;
  CHECK_CONTAINS(top, "a                              6");
  CHECK_FALSE(contains(top, "w"));
}

TEST_CASE("describe gives the same as JSON") {
  const TempFolder tmp;
  NpzWriter file;
  file.add("a.x", Tensor<double>({2}, {3, 4}));
  file.add("a.y", Tensor<float>(Shape{}, {std::numeric_limits<float>::infinity()}));
  file.save(tmp / "x.npz");
  const json all = described({tmp / "x.npz"});
  CHECK(all["file"] == tmp / "x.npz");
  const json& tree = all["tensors"];
  CHECK(tree["tensors"] == 2);
  CHECK(tree["norm"] == 5);
  const json &x = tree["children"][0]["children"][0], &y = tree["children"][0]["children"][1];
  CHECK(x["name"] == "a.x");
  CHECK(x["shape"] == json({2}));
  CHECK(x["type"] == "<f8");
  CHECK(y["shape"] == json::array());
  CHECK(y["inf"] == 1);
  CHECK(y["max"].is_null());
  CHECK_FALSE(described({tmp / "x.npz", "--depth", "1"})["tensors"]["children"][0].contains("children"));
  write_npy(tmp / "x.npy", Tensor<std::int64_t>({3}, {1, 2, 6}));
  CHECK(described({tmp / "x.npy"})["tensors"]["children"][0]["mean"] == 3);
}

TEST_CASE("describe leaves only what a pattern fits, and totals are of that") {
  const TempFolder tmp;
  save(small_transformer(), tmp / "t.safetensors");
  const json all = described({tmp / "t.safetensors", "--match", "*.W_[QK]"});
  CHECK(all["tensors"]["tensors"] == 2);
  CHECK(all["tensors"]["elements"] == 2 * 2 * 4 * 3);
  CHECK(described({tmp / "t.safetensors", "--match", "blocks.0.mlp"})["tensors"]["tensors"] == 4);
  const json hooks = described({tmp / "t.safetensors", "--values", "--match", "*hook_pre"});
  CHECK(hooks["tensors"]["tensors"] == 0);
  CHECK(hooks["values"].size() == 1);
  refused_words({tmp / "t.safetensors", "--match", "blocks.0.atn.W_Q"}, 2,
                "names matches 'blocks.0.atn.W_Q'; help: the nearest is 'blocks.0.attn.W_");
}

TEST_CASE("describe --values names what can be fetched and fed, for models that say what they are and others") {
  const TempFolder tmp;
  save(small_mlp(), tmp / "own.safetensors");
  save(small_mlp(), tmp / "foreign.safetensors", false);
  for (const char* file : {"own.safetensors", "foreign.safetensors"}) {
    const json all = described({tmp / file, "--values"}), post = value_named(all, "layers.0.post");
    CAPTURE(file);
    CHECK(value_named(all, "x") ==
          json{{"name", "x"}, {"shape", "[n,4]"}, {"role", "input"}, {"fetch", false}, {"feed", true}});
    CHECK(post ==
          json{{"name", "layers.0.post"}, {"shape", "[n,3]"}, {"role", "inner"}, {"fetch", true}, {"feed", true}});
  }
  CHECK(value_named(described({tmp / "own.safetensors", "--values"}), "loss")["feed"] == false);
  NpzWriter arrays;
  arrays.add("layer0_W", Tensor<double>({4, 3}));
  arrays.add("layer1_W", Tensor<double>({3, 2}));
  arrays.save(tmp / "dense.npz");
  CHECK(value_named(described({tmp / "dense.npz", "--values"}), "layers.1.pre")["shape"] == "[n,2]");
  save(small_transformer(), tmp / "t.safetensors");
  save(small_transformer(), tmp / "lens.safetensors", false);
  for (const char* file : {"t.safetensors", "lens.safetensors"})
    CHECK(value_named(described({tmp / file, "--values"}), "blocks.0.mlp.hook_post")["shape"] == "[n,7,8]");
  const std::string text = describe({tmp / "t.safetensors", "--values"}).out;
  CHECK_CONTAINS(text, "dense weights are [in, out] (transformer, by the config in the metadata)");
  CHECK_CONTAINS(text, "fetched or fed");
}

TEST_CASE("describe takes the folder of a run for its newest network") {
  const TempFolder tmp;
  REQUIRE(run_program("train_mlp", {"--out", tmp / "run", "--epochs", "1", "--widths", "4", "--quiet"}).code == 0);
  const json all = described({tmp / "run", "--values"});
  CHECK(all["file"] == tmp / "run/checkpoints/epoch-0001.safetensors");
  CHECK(all["tensors"]["elements"] == 64 * 4 + 4 + 4 * 10 + 10);
  CHECK(value_named(all, "layers.0.post")["shape"] == "[n,4]");
  CHECK(describe({tmp / "run/checkpoints/last.safetensors", "--values"}).code == 0);
}

TEST_CASE("describe asks which network of several is meant") {
  const TempFolder tmp;
  std::vector<std::string> words{"--preset", "tiny", "--epochs", "1", "--modulus", "7", "--quiet"};
  const auto trained = [&](const char* name, const char* seeds) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {"--seeds", seeds, "--out", tmp / name});
    REQUIRE(run_program("modular_addition", all).code == 0);
  };
  trained("two", "3,5");
  refused_words({tmp / "two"}, 2, "holds 2 networks; give one of " + (tmp / "two/networks/seed-3"));
  CHECK(describe({tmp / "two/networks/seed-5"}).code == 0);
  trained("one", "3");
  CHECK(described({tmp / "one"})["file"] == tmp / "one/networks/seed-3/checkpoints/epoch-0001.safetensors");
}

TEST_CASE("describe says what is wrong with what it was given") {
  const TempFolder tmp;
  refused_words({}, 2, "no file given; help: describe net.safetensors");
  refused_words({tmp / "none.npz"}, 3, "none.npz");
  refused_words({tmp.path()}, 3, "no checkpoints/epoch-*.safetensors");
  refused_words({tmp.with("x.pt", "x")}, 3, "wanted one ending in .safetensors, .npz or .npy");
  refused_words({tmp.with("x.safetensors", "xyz")}, 3, "not a valid safetensors file");
  write_npy(tmp / "x.npy", Tensor<double>({2}));
  refused_words({tmp / "x.npy", tmp / "x.npy"}, 2, "neither an option nor the value of one");
  refused_words({tmp / "x.npy", "--depth", "-1"}, 2, "depth");
  refused_words(
      {tmp / "x.npy", "--values"}, 3,
      "one array is no network, so there are no values to name; wanted .safetensors or .npz; without --values");
  SafeTensorsWriter().add("w", Tensor<double>({2})).metadata("model", "cnn").save(tmp / "cnn.safetensors");
  refused_words({tmp / "cnn.safetensors", "--values"}, 3,
                "'model' is 'cnn' in the config; wanted mlp, transformer or superposition");
  SafeTensorsWriter other;
  for (const auto& [key, value] : small_mlp().config) other.metadata(key, value);
  other.add("layers.0.weight", Tensor<double>({3, 5})).save(tmp / "other.safetensors");
  refused_words({tmp / "other.safetensors", "--values"}, 3, "tensor 'layers.0.weight' has shape [3,5], wanted [3,4]");
  CHECK_CONTAINS(describe({"--help"}).out, "usage: describe FILE [options]");
}
