// interaction_graph and ablation of transformers as their users run them: files of weights, and runs.
#include <doctest/doctest.h>

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
  words.insert(words.end(), more.begin(), more.end());
  return run_program(program, words);
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
  for (const auto& node : json_of(tmp / "out/graph.json").at("nodes")) {
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

TEST_CASE("what does not fit a transformer is refused, and leaves nothing behind") {
  TempFolder tmp;
  with_transformer(tmp);
  const auto refused = [&](const std::string& program, std::vector<std::string> words, int code,
                           const std::string& part) {
    const Result r = run(program, tmp, std::move(words));
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "out"));
  };
  const auto graph = [&](std::vector<std::string> words, int code, const std::string& part) {
    refused("interaction_graph", std::move(words), code, part);
  };
  graph({"--layers", "blocks.0.hook_resid_pre,blocks.1.hook_resid_pre"}, 2,
        "no node layer 'blocks.1.hook_resid_pre'; wanted some of hook_embed, ");
  graph({"--layers", "blocks.0.hook_resid_pre+,logits"}, 2, "no node layer ''");
  graph({"--layers", "layer0,logits"}, 2, "no node layer 'layer0'");
  graph({"--layers", "logits,blocks.0.hook_resid_pre"}, 2, "is computed before");
  graph({"--order", "layer0"}, 2, "--order is for dense networks");
  graph({"--layer-norm", "full"}, 3, "there is no tensor 'blocks.0.ln1.w' [6]");
  graph({"--network", "3"}, 2, "--network is for a --run of modular_addition");
  graph({"--modulus", "6"}, 2, "wanted a transformer that reads x, y and the token 6");
  graph({"--modulus", "1"}, 2, "wanted 2 or more");
  graph({"--delta", "0.1"}, 2, "help: --last-position");
  graph({"--delta", "0.1", "--last-position"}, 2, "a score needs labels");
  refused("ablation", {"--targets", tmp / "labels.npy"}, 2, "help: --last-position");
  refused("ablation", {"--last-position"}, 2, "a score needs labels");
  refused("ablation", {"--targets", tmp / "labels.npy", "--last-position", "--score", "mse"}, 2,
          "mse given for labels");
  refused("ablation",
          {"--targets", tmp / "labels.npy", "--last-position", "--layers",
           "blocks.0.hook_resid_pre,blocks.0.hook_resid_post"},
          2, "a score wants 'logits'");
  refused("ablation", {"--targets", tmp / "tokens.npy", "--last-position"}, 3, "a label for each sequence");
  refused("ablation", {"--test-targets", tmp / "labels.npy"}, 2, "--test-targets is for --test-inputs");
  write_npy(tmp / "labels.npy", Tensor<double>({7}));
  refused("ablation", {"--targets", tmp / "labels.npy", "--last-position"}, 3, "7 rows given, wanted 25");

  Matrix tokens = pairs();
  tokens(4, 1) = p + 1;
  write_npy(tmp / "tokens.npy", tokens);
  graph({}, 3, "tokens.npy: row 4, column 1 is 6; wanted a whole number from 0 to 5");
  tokens(4, 1) = 0.5;
  write_npy(tmp / "tokens.npy", tokens);
  graph({}, 3, "row 4, column 1 is 0.5");
  write_npy(tmp / "tokens.npy", Matrix({p, 4}, 1.0));
  graph({}, 3, "has 4 columns; wanted 3, the positions of the network");
  const Result data =
      run_program("interaction_graph", {"--weights", tmp / "net.npz", "--data", "digits", "--out", tmp / "out"});
  CHECK(data.code == 2);
  CHECK_CONTAINS(data.err, "is a transformer: wanted --inputs FILE with tokens");
}

TEST_CASE("a run of modular_addition: its pairs, its labels, the network asked for") {
  TempFolder tmp;
  CHECK(run_program("modular_addition",
                    {"--modulus", "7", "--d-model", "8", "--heads", "2", "--d-head", "4", "--d-mlp", "16", "--epochs",
                     "40", "--seeds", "0,3", "--log-every", "20", "--quiet", "--out", tmp / "run"})
            .code == 0);
  const auto look = [&](const std::string& program, std::vector<std::string> more) {
    std::vector<std::string> words{"--run", tmp / "run", "--out", tmp / "out", "--quiet", "--force"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(program, words);
  };
  CHECK(look("interaction_graph", {"--nulls", "2"}).code == 0);
  const auto results = json_of(tmp / "out/results.json");
  CHECK(results.at("data") == "a + b mod 7");
  CHECK(results.at("modulus") == 7);
  CHECK(contains(results.at("network"), "networks/seed-0/network.safetensors"));
  CHECK_CONTAINS(read_file(tmp / "out/graph.json"), "% cos(");

  CHECK(look("ablation", {"--network", "3", "--nodes", "none"}).code == 0);
  std::istringstream metrics(read_file(tmp / "run/networks/seed-3/metrics.jsonl"));
  std::string line, last;
  while (std::getline(metrics, line)) last = line;
  CHECK(json_of(tmp / "out/results.json").at("base").get<double>() ==
        doctest::Approx(nlohmann::json::parse(last).at("test_accuracy").get<double>()));

  fs::remove_all(tmp / "out");
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& part) {
    const Result r = look("interaction_graph", std::move(words));
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "out"));
  };
  refused({"--network", "4"}, 2, "--network 4 given; " + tmp / "run has seeds 0, 3");
  refused({"--modulus", "5"}, 2, "calculates modulo 7");
  refused({"--activation", "gelu"}, 2, "says 'relu'");
  refused({"--two-way"}, 2, "--two-way given");
  fs::remove(tmp / "run/networks/seed-0/network.safetensors");
  refused({"--network", "0"}, 3, "missing; help: modular_addition --resume --out " + tmp / "run");
}

TEST_CASE("a run of train_transformer: next tokens everywhere, or what the last position says") {
  TempFolder tmp;
  Matrix tokens({40, 5});
  Rng rng(2, "test/tokens");
  for (double& v : tokens.data) v = double(rng.next_u32() % 4);
  write_npy(tmp / "tokens.npy", tokens);
  CHECK(run_program("train_transformer",
                    {"--data", tmp / "tokens.npy", "--d-model", "6", "--heads", "2", "--d-head", "3", "--d-mlp", "8",
                     "--epochs", "2", "--layer-norm", "none", "--quiet", "--out", tmp / "run"})
            .code == 0);
  const std::vector<std::string> words{"--run", tmp / "run", "--out", tmp / "out", "--quiet", "--force"};
  CHECK(run_program("interaction_graph", words).code == 0);
  CHECK(json_of(tmp / "out/results.json").at("positions") == 4);
  std::vector<std::string> last = words;
  last.push_back("--last-position");
  CHECK(run_program("ablation", last).code == 0);
  CHECK(json_of(tmp / "out/results.json").at("rows") == 8);
  fs::remove_all(tmp / "out");
  const Result every = run_program("ablation", words);
  CHECK(every.code == 2);
  CHECK_CONTAINS(every.err, "an output at every one; help: --last-position");
  write_npy(tmp / "tokens.npy", Matrix({40, 5}, 1.0));
  const Result changed = run_program("interaction_graph", words);
  CHECK(changed.code == 3);
  CHECK_CONTAINS(changed.err, "made with other data");
}
