// interaction_graph and ablation of transformers of files of weights, as their users run them.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "core/npz.h"
#include "core/rng.h"
#include "interp/edges/edges.h"
#include "nn/transformer.h"
#include "tests/experiments/process.h"
#include "tests/largest_difference.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t p = 5;
const std::vector<std::string> stream{"blocks.0.hook_resid_pre", "blocks.0.hook_resid_mid", "blocks.0.hook_resid_post",
                                      "logits"};

nn::TransformerSpec spec() {
  return {.n_layers = 1,
          .d_model = 6,
          .n_heads = 2,
          .d_head = 3,
          .d_mlp = 8,
          .d_vocab = p + 1,
          .d_vocab_out = p,
          .n_ctx = 3,
          .causal = false};
}

Parameters<double> drawn() {
  Parameters<double> parameters(parameters_of(nn::transformer(spec())));
  Rng rng(4, "test/transformer");
  rng.fill_normal(parameters.flat(), 0.6);
  return parameters;
}

// x, y, "=" for all pairs, and their sum.
Matrix pairs() {
  Matrix tokens({p * p, 3});
  for (std::int64_t i = 0; i < p * p; ++i) tokens(i, 0) = double(i / p), tokens(i, 1) = double(i % p), tokens(i, 2) = p;
  return tokens;
}

void with_transformer(TempFolder& tmp) {
  NpzWriter weights;
  const Parameters<double> parameters = drawn();
  for (const ParameterInfo& info : parameters_of(nn::transformer(spec()))) {
    const std::span<const double> numbers = parameters[info.name];
    weights.add(info.name, Tensor<double>(info.shape, {numbers.begin(), numbers.end()}));
  }
  weights.save(tmp / "net.npz");
  write_npy(tmp / "tokens.npy", pairs());
  Tensor<double> labels({p * p});
  for (std::int64_t i = 0; i < p * p; ++i) labels[i] = double((i / p + i % p) % p);
  write_npy(tmp / "labels.npy", labels);
}

Result run(const std::string& program, TempFolder& tmp, std::vector<std::string> more) {
  std::vector<std::string> words{"--weights", tmp / "net.npz", "--inputs", tmp / "tokens.npy", "--out",
                                 tmp / "out", "--two-way",     "--quiet",  "--force"};
  if (program == "interaction_graph") words.insert(words.end(), {"--nulls", "2", "--restarts", "3"});
  words = with_options(std::move(words), more);
  return run_program(program, words);
}

void check_refused(const std::string& program, TempFolder& tmp, std::vector<std::string> words, int code,
                   const std::string& part) {
  const Result r = run(program, tmp, std::move(words));
  CHECK(r.code == code);
  CHECK_CONTAINS(r.err, part);
  CHECK_FALSE(fs::exists(tmp / "out"));
}

nlohmann::json json_of(const std::string& path) { return nlohmann::json::parse(read_file(path)); }

}  // namespace

TEST_CASE("the graph of a transformer is that of the residual stream, with edges as the library has them") {
  TempFolder tmp;
  with_transformer(tmp);
  const Result r = run("interaction_graph", tmp, {"--last-position"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  const auto arrays = read_npz(tmp / "out/arrays/interactions.npz");
  nn::TransformerSpec last = spec();
  last.last_position = true;
  interp::ModelPoint point{nn::transformer(last), drawn()};
  std::vector<interp::NodeLayer> layers;
  for (const std::string& name : stream) layers.push_back({name, name});
  const interp::FoldedModel model(point, layers);
  const Inputs inputs{{"tokens", pairs()}};
  const auto bases = interp::interaction_bases(model, inputs, {.truncation = {1e-10, true}});
  const auto E = interp::interaction_edges(model, bases, inputs);
  for (std::size_t l = 0; l < E.size(); ++l)
    CHECK(arrays.at("E__" + stream[l] + "__to__" + stream[l + 1]).data == E[l].data);
  const auto graph = json_of(tmp / "out/graph.json");
  CHECK(graph.at("layers").size() == 4);
  CHECK(graph.at("layers")[1].at("name") == stream[1]);
  CHECK_CONTAINS(read_file(tmp / "out/report.html"), "up to 3 here");
}

TEST_CASE("features are labelled by frequency: in the graph, its files and a table") {
  TempFolder tmp;
  with_transformer(tmp);
  CHECK(run("interaction_graph", tmp, {"--last-position", "--modulus", "5"}).code == 0);
  const auto graph = json_of(tmp / "out/graph.json");
  for (const auto& node : graph.at("nodes")) {
    const std::string label = node.at("label");
    if (node.value("constant", false))
      CHECK(label == "constant");
    else
      CHECK_CONTAINS(label, "% c");  // const, cos
  }
  CHECK_CONTAINS(read_file(tmp / "out/graph.graphml"), "% cos(");
  const std::string page = read_file(tmp / "out/report.html");
  CHECK_CONTAINS(page, "The most important features of each node layer.");
  CHECK(run("interaction_graph", tmp, {"--last-position"}).code == 0);
  CHECK_FALSE(contains(read_file(tmp / "out/report.html"), "Frequencies"));
}

TEST_CASE("node layers of a transformer are hooks, also side by side; random mixtures of positions are near all") {
  TempFolder tmp;
  with_transformer(tmp);
  const std::string beside = "blocks.0.hook_resid_mid+blocks.0.mlp.hook_pre";
  CHECK(run("interaction_graph", tmp, {"--layers", "blocks.0.hook_resid_pre," + beside + ",logits"}).code == 0);
  CHECK(read_npz(tmp / "out/arrays/interactions.npz").contains("E__" + beside + "__to__logits"));

  const auto edges = [&](const std::string& kind) {
    CHECK(run("interaction_graph", tmp, {"--edges", kind}).code == 0);
    return read_npz(tmp / "out/arrays/interactions.npz").at("E__" + stream[0] + "__to__" + stream[1]);
  };
  const Matrix all = edges("squared"), few = edges("stochastic:1"), many = edges("stochastic:300");
  const double largest = std::ranges::max(all.data);
  CHECK(few.data != all.data);
  CHECK(largest_difference(many, all) < 0.5 * largest_difference(few, all));
  CHECK(largest_difference(many, all) < 0.2 * largest);
  CHECK_CONTAINS(read_file(tmp / "out/report.html"), "estimated from 300 random mixtures of positions");
}

TEST_CASE("ablation scores the last position of a transformer") {
  TempFolder tmp;
  with_transformer(tmp);
  for (const std::string score : {"accuracy", "cross-entropy"}) {
    const Result r = run("ablation", tmp,
                         {"--targets", tmp / "labels.npy", "--last-position", "--score", score, "--delta", "0.05",
                          "--nodes", "linear:3"});
    CHECK(r.code == 0);
    CHECK(r.err == "");
    const auto results = json_of(tmp / "out/results.json");
    CHECK(results.at("score") == score);
    CHECK(results.at("sections").at("rows").size() == 3);
    CHECK(read_npz(tmp / "out/arrays/masks.npz").contains("mask__" + stream[2] + "__to__logits"));
  }
}

TEST_CASE("a test set of one's own is what ablation scores") {
  TempFolder tmp;
  with_transformer(tmp);
  Matrix three = pairs();
  three.shape = {3, 3};
  three.data.resize(9);
  write_npy(tmp / "test.npy", three);
  write_npy(tmp / "test_labels.npy", Matrix({3, 1}, 2.0));
  const std::vector<std::string> words{"--last-position", "--nodes", "none", "--test-inputs", tmp / "test.npy"};
  std::vector<std::string> labelled = words;
  labelled.insert(labelled.end(), {"--test-targets", tmp / "test_labels.npy"});
  CHECK(run("ablation", tmp, labelled).code == 0);
  CHECK(json_of(tmp / "out/results.json").at("rows") == 3);
  CHECK(json_of(tmp / "out/results.json").at("test") == true);
  const Result none = run("ablation", tmp, words);
  CHECK(none.code == 2);
  CHECK_CONTAINS(none.err, "a score needs labels");
}

TEST_CASE("node layers and options that do not fit a transformer are refused, and leave nothing behind") {
  TempFolder tmp;
  with_transformer(tmp);
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& part) {
    check_refused("interaction_graph", tmp, std::move(words), code, part);
  };
  refused({"--layers", "blocks.0.hook_resid_pre,blocks.1.hook_resid_pre"}, 2,
          "no node layer 'blocks.1.hook_resid_pre'; wanted some of hook_embed, ");
  refused({"--layers", "blocks.0.hook_resid_pre+,logits"}, 2, "no node layer ''");
  refused({"--layers", "layer0,logits"}, 2, "no node layer 'layer0'");
  refused({"--layers", "logits,blocks.0.hook_resid_pre"}, 2, "is computed before");
  refused({"--order", "layer0"}, 2, "--order layer0 has no effect: it is for dense networks");
  refused({"--layer-norm", "full"}, 3, "there is no tensor 'blocks.0.ln1.w' [6]");
  refused({"--network", "3"}, 2, "--network 3 has no effect: it is for a --run of modular_addition");
  refused({"--modulus", "6"}, 2, "wanted a transformer that reads x, y and the token 6");
  refused({"--modulus", "1"}, 2, "wanted 2 or more");
  refused({"--delta", "0.1"}, 2, "help: --last-position");
  refused({"--delta", "0.1", "--last-position"}, 2, "a score needs labels");
}

TEST_CASE("tokens that are not the network's are refused, with their place") {
  TempFolder tmp;
  with_transformer(tmp);
  const auto refused = [&](const Matrix& tokens, const std::string& part) {
    write_npy(tmp / "tokens.npy", tokens);
    check_refused("interaction_graph", tmp, {}, 3, part);
  };
  Matrix tokens = pairs();
  tokens(4, 1) = p + 1;
  refused(tokens, "tokens.npy: row 4, column 1 is 6; wanted a whole number from 0 to 5");
  tokens(4, 1) = 0.5;
  refused(tokens, "row 4, column 1 is 0.5");
  tokens(4, 1) = NAN;
  refused(tokens, "the number in sample 4 is nan");
  refused(Matrix({p, 4}, 1.0), "has 4 columns; wanted 3, the positions of the network");
  const Result data =
      run_program("interaction_graph", {"--weights", tmp / "net.npz", "--data", "digits", "--out", tmp / "out"});
  CHECK(data.code == 2);
  CHECK_CONTAINS(data.err, "is a transformer: wanted --inputs FILE with tokens");
}

TEST_CASE("labels and scores that do not fit are refused") {
  TempFolder tmp;
  with_transformer(tmp);
  const std::string labels = tmp / "labels.npy";
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& part) {
    check_refused("ablation", tmp, std::move(words), code, part);
  };
  refused({"--targets", labels}, 2, "help: --last-position");
  refused({"--last-position"}, 2, "a score needs labels");
  refused({"--targets", labels, "--last-position", "--score", "mse"}, 2, "mse given for labels");
  refused({"--targets", labels, "--last-position", "--layers", "blocks.0.hook_resid_pre,blocks.0.hook_resid_post"}, 2,
          "a score wants 'logits'");
  refused({"--targets", tmp / "tokens.npy", "--last-position"}, 3, "a label for each sequence");
  refused({"--test-targets", labels}, 2, "has no effect: it is for --test-inputs");
  write_npy(labels, Tensor<double>({7}));
  refused({"--targets", labels, "--last-position"}, 3, "7 rows given, wanted 25");
}
