// What networks `degeneracy` reads besides ReLU networks with biases.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/lapack.h"
#include "core/npy.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

Result degeneracy(const std::string& weights, const std::string& inputs, const Words& more = {}) {
  Words words{"--weights", weights, "--inputs", inputs, "--quiet"};
  words = with_options(std::move(words), more);
  return run_program("degeneracy", words);
}

nlohmann::json json_of(const std::string& weights, const std::string& inputs, Words more = {}) {
  more.push_back("--json");
  const Result r = degeneracy(weights, inputs, more);
  CHECK_MESSAGE(r.code == 0, r.err);
  return nlohmann::json::parse(r.out);
}

Tensor<double> normal(const Shape& shape, const std::string& stream) {
  Tensor<double> t(shape);
  Rng(11, stream).fill_normal(std::span(t.data));
  return t;
}

// Linear 3-3-3 without biases, both factors of rank 1: claim C17.
SafeTensorsWriter doubly_null_net() {
  SafeTensorsWriter file;
  for (const char* name : {"layers.0.weight", "layers.1.weight"})
    file.add(name, matmul(normal({3, 1}, std::string(name) + "a"), normal({1, 3}, std::string(name) + "b")));
  return file;
}

// Two heads of width 2 on d_model = 5; with `share` the second has the pattern of the first.
SafeTensorsWriter attention_net(bool share) {
  SafeTensorsWriter file;
  for (const std::string name : {"W_Q", "W_K", "W_V"}) {
    Tensor<double> w = normal({2, 5, 2}, name);
    if (share && name != "W_V")
      for (int i = 0; i < 10; ++i) w[10 + i] = w[i] * (name == "W_Q" ? 2 : 0.5);
    file.add("blocks.0.attn." + name, w);
  }
  file.add("blocks.0.attn.W_O", normal({2, 2, 5}, "W_O"));
  return file;
}

struct Attention {
  TempFolder tmp;
  std::string weights = tmp / "attention.safetensors", inputs = tmp / "x.npy";

  explicit Attention(bool share) {
    attention_net(share).save(weights);
    write_npy(inputs, normal({30, 4, 5}, "x"));
  }
};

}  // namespace

TEST_CASE("linear networks without biases: rank J 5 and N_eff 8 of claim C17, by metadata and by option") {
  const TempFolder tmp;
  const std::string x = tmp / "x.npy", said = tmp / "said.safetensors", silent = tmp / "silent.safetensors";
  write_npy(x, normal({50, 3}, "x"));
  doubly_null_net().metadata("activation", "linear").save(said);
  doubly_null_net().save(silent);
  const auto got = json_of(said, x, {"--epsilon", "1e-18"});
  CHECK(got.at("parameters") == 18);
  CHECK(got.at("jacobian_rank") == 5);
  CHECK(got.at("residual") == 0);
  CHECK(got.at("doubly_null") == 2);
  CHECK(got.at("n_eff_corrected") == 8);
  CHECK(got.at("epsilon")[0].at("jacobian_rank") == 5);
  CHECK(got.at("firing_margin").is_null());
  CHECK(got.at("blocks")[0].at("kind") == "always_on");
  CHECK(json_of(silent, x, {"--activation", "linear", "--epsilon", "1e-18"}) == got);
  CHECK(json_of(silent, x).at("firing_margin") > 0);
  CHECK_CONTAINS(degeneracy(said, x).out, "no ReLUs: every neuron counts as firing");
  const Result contradicts = degeneracy(said, x, {"--activation", "relu"});
  CHECK(contradicts.code == 3);
  CHECK_CONTAINS(contradicts.err, "its activation is 'linear' and relu was asked for");
  CHECK(degeneracy(silent, x, {"--activation", "tanh"}).code == 2);
}

TEST_CASE("degeneracy reads a linear run of train_mlp without biases, and its null space") {
  const TempFolder tmp;
  const std::string csv = tmp.with("t.csv", "a,b,y\n1,2,3\n2,1,0.5\n0,1,2\n3,1,1\n-1,2,4\n");
  CHECK(run_program("train_mlp", {"--data", csv, "--widths", "3", "--activation", "linear", "--no-bias", "--epochs",
                                  "1", "--quiet", "--out", tmp / "a"})
            .code == 0);
  const Result r = run_program("degeneracy", {"--run", tmp / "a", "--quiet", "--json", "--null-space", tmp / "n.npz"});
  CHECK_MESSAGE(r.code == 0, r.err);
  const auto got = nlohmann::json::parse(r.out);
  CHECK(got.at("parameters") == 9);
  CHECK(got.at("jacobian_rank") == 2);  // maps from two inputs to one output
  CHECK(got.at("residual") == 0);
}

TEST_CASE("complementary patterns are listed, with what they explain") {
  const TempFolder tmp;
  const std::string weights = tmp / "net.safetensors", x = tmp / "x.npy";
  const GoldenData golden = golden_named("c12");
  SafeTensorsWriter file;
  for (std::int64_t l = 0; l < 2; ++l)
    file.add(interp::layer_name(l) + ".weight", golden.net.weights[l])
        .add(interp::layer_name(l) + ".bias",
             Matrix(Shape{std::int64_t(golden.net.biases[l].size())}, golden.net.biases[l]));
  file.save(weights);
  write_npy(x, golden.x);
  const auto got = json_of(weights, x);
  CHECK(got.at("unexplained") == 1);
  CHECK(got.at("unexplained_patterns") == 0);
  CHECK(got.at("complementary_pairs").size() == 1);
  CHECK(got.at("nested_pairs").empty());
  const std::string text = degeneracy(weights, x).out;
  CHECK_CONTAINS(text, "with related patterns           6   1 complementary and 0 nested pairs (gap ");
  CHECK_CONTAINS(text, "  layers.0 neurons 0 fire exactly where 1 do not\n");
  CHECK_CONTAINS(text, "then not explained              0\n");
}

TEST_CASE("an attention layer: rank J, free directions and heads that share a pattern, in JSON and in words") {
  const Attention apart(false), shared(true);
  const auto one = json_of(apart.weights, apart.inputs), two = json_of(shared.weights, shared.inputs);
  CHECK(one.at("parameters") == 80);
  CHECK(one.at("free_directions") == 16);
  CHECK(one.at("predicted") == 16);
  CHECK(one.at("residual") == 0);
  CHECK(one.at("groups") == nlohmann::json::parse("[[0],[1]]"));
  CHECK(one.at("spectral_gap") > 1e6);
  CHECK(two.at("free_directions") == 24);
  CHECK(two.at("residual") == 0);
  CHECK(two.at("groups") == nlohmann::json::parse("[[0,1]]"));
  CHECK(two.at("within") < 1e-12);
  CHECK(two.at("between").is_null());
  const std::string text = degeneracy(shared.weights, shared.inputs).out;
  CHECK_CONTAINS(text, "80 parameters, 2 heads of width 2, d_model 5; 30 samples of 4 positions");
  CHECK_CONTAINS(text, "heads 0 1 share a pattern\n");
  CHECK_CONTAINS(text, "free directions                24\n");
  CHECK_CONTAINS(text, "residual                        0\n");
  CHECK_CONTAINS(degeneracy(apart.weights, apart.inputs, {"--rows", "1"}).out, "as high as it can be");
}

TEST_CASE("attention layers that do not fit are refused with exit code 3, options not for them with 2") {
  const Attention files(false);
  const TempFolder& tmp = files.tmp;
  const auto refused = [&](const Result& r, int code, const std::string& part) {
    CHECK(r.code == code);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
  };
  write_npy(tmp / "flat.npy", normal({30, 5}, "x"));
  refused(degeneracy(files.weights, tmp / "flat.npy"), 3,
          "flat.npy has shape [30,5]; wanted [samples, position, 5] for the attention layer in " + files.weights);
  write_npy(tmp / "wide.npy", normal({30, 4, 6}, "x"));
  refused(degeneracy(files.weights, tmp / "wide.npy"), 3, "wide.npy has shape [30,4,6]");
  attention_net(false).add("layers.0.weight", normal({2, 5}, "w")).save(tmp / "mixed.safetensors");
  refused(degeneracy(tmp / "mixed.safetensors", files.inputs), 3, "'layers.0.weight' is no part of an attention layer");
  attention_net(false).add("blocks.0.attn.b_Q", normal({4}, "b")).save(tmp / "bias.safetensors");
  refused(degeneracy(tmp / "bias.safetensors", files.inputs), 3, "b_Q is [4]; wanted [2,2]");
  refused(degeneracy(files.weights, files.inputs, {"--scaled"}), 2,
          "--scaled has no effect: it is for ReLU and linear networks");
  refused(degeneracy(files.weights, files.inputs, {"--epsilon", "1e-3"}), 2, "--epsilon 0.001 has no effect");
  refused(degeneracy(files.weights, files.inputs, {"--activation", "relu"}), 2, "--activation relu has no effect");
  refused(degeneracy(files.weights, files.inputs, {"--null-space", tmp / "n.npz"}), 2, "has no effect: it is for ReLU");
}
