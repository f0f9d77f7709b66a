// modular_addition as its user runs it, on networks too small to grok.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/import.h"
#include "tests/experiments/trained_runs.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

Result train(const std::string& out, const std::vector<std::string>& more) {
  return run_program("modular_addition", with_options({"--out", out, "--quiet", "--threads", "2"}, more));
}

std::vector<std::string> small(const std::string& epochs, const std::string& seeds = "0,3") {
  return {"--modulus", "7",  "--d-model", "8",    "--heads", "2",   "--d-head",    "4",
          "--d-mlp",   "16", "--epochs",  epochs, "--seeds", seeds, "--log-every", "5"};
}

}  // namespace

TEST_CASE("modular_addition leaves networks that import again, metrics, and a page with its figures") {
  TempFolder tmp;
  const Result r = train(tmp / "a", small("20"));
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "No network grokked within 20 epochs");
  CHECK_CONTAINS(r.out, tmp / "a/report.html");
  const std::string page = read_file(tmp / "a/report.html");
  for (const char* name : {"loss", "accuracy", "progress", "weight_norm", "networks", "spectrum", "circle", "attention",
                           "head", "neurons"}) {
    INFO(name);
    CHECK(fs::exists(tmp / ("a/figures/" + std::string(name) + ".svg")));
  }
  CHECK_CONTAINS(page, "a + b mod 7");

  const std::string folder = tmp / "a/networks/seed-3";
  for (const char* file : {"/network.safetensors", "/checkpoints/epoch-0000.safetensors",
                           "/checkpoints/epoch-0010.safetensors", "/checkpoints/last.safetensors"})
    CHECK_MESSAGE(fs::exists(folder + file), file);
  const auto network = basin::nn::import_transformer(folder + "/network.safetensors");
  CHECK(network.spec.d_vocab == 8);
  CHECK(network.spec.last_position);
  CHECK(basin::nn::import_transformer(folder + "/checkpoints/epoch-0010.safetensors").spec == network.spec);

  std::vector<nlohmann::json> lines;
  std::istringstream metrics(read_file(folder + "/metrics.jsonl"));
  for (std::string line; std::getline(metrics, line);) lines.push_back(nlohmann::json::parse(line));
  REQUIRE(lines.size() == 4);
  for (const char* key : {"epoch", "step", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "weight_norm",
                          "fourier_share", "learning_rate"})
    CHECK_MESSAGE(lines[3][key].is_number(), key);
  CHECK(lines[3]["epoch"] == 20);
  CHECK(lines[3]["train_loss"] < lines[0]["train_loss"]);
}

TEST_CASE("networks do not depend on threads, on the others beside them, or on what is said first") {
  TempFolder tmp;
  CHECK(train(tmp / "a", small("20")).code == 0);
  CHECK(run_program("modular_addition", with_options({"--out", tmp / "b", "--threads", "1"}, small("20"))).code == 0);
  check_same_networks(tmp / "a", tmp / "b", 4);
  CHECK(read_file(tmp / "a/figures/neurons.csv") == read_file(tmp / "b/figures/neurons.csv"));
  CHECK(train(tmp / "c", small("20", "3")).code == 0);
  check_same_networks(tmp / "c", tmp / "a", 4);
  CHECK(train(tmp / "d", with_options(small("20", "3"), {"--seed", "1"})).code == 0);  // other training pairs
  CHECK(read_file(tmp / "c/networks/seed-3/metrics.jsonl") != read_file(tmp / "d/networks/seed-3/metrics.jsonl"));
}

TEST_CASE("threads inside a network leave the bytes that one thread leaves") {
  TempFolder tmp;
  for (const char* seeds : {"3", "0,3"})  // as many as threads, or fewer: one after another
    for (const char* threads : {"1", "2", "3"})
      CHECK(run_program("modular_addition", with_options({"--out", tmp / (std::string(seeds) + "-" + threads),
                                                          "--quiet", "--micro-batch", "8", "--threads", threads},
                                                         small("20", seeds)))
                .code == 0);
  for (const char* seeds : {"3", "0,3"})
    for (const char* threads : {"-1", "-2", "-3"})
      check_same_networks(tmp / (std::string(seeds) + threads), tmp / "0,3-1", 4);
}

TEST_CASE("an interrupted run ends with 130 and, resumed, equals one that was not interrupted") {
  TempFolder tmp;
  Process process("modular_addition",
                  with_options({"--out", tmp / "a", "--quiet", "--threads", "2"}, small("1000000")));
  const std::string metrics = tmp / "a/networks/seed-0/metrics.jsonl";
  const Result stopped = interrupted_after(process, metrics);
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: modular_addition --resume --out " + tmp / "a");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json"))["status"] == "interrupted");

  std::int64_t lines = 0;
  for (const char* seed : {"0", "3"}) {
    const std::string path = tmp / ("a/networks/seed-" + std::string(seed) + "/metrics.jsonl");
    if (fs::exists(path)) lines = std::max<std::int64_t>(lines, std::ranges::count(read_file(path), '\n'));
  }
  const std::string end = std::to_string(5 * (lines + 3));
  CHECK(train(tmp / "a", {"--resume", "--epochs", end}).code == 0);
  CHECK(train(tmp / "b", small(end)).code == 0);
  check_same_networks(tmp / "b", tmp / "a", 4);
  const Result again = train(tmp / "a", {"--resume"});
  CHECK(again.code == 0);
  check_same_networks(tmp / "b", tmp / "a", 4);
}

TEST_CASE("the cost is said before training begins") {
  TempFolder tmp;
  const Result asked = run_program("modular_addition", with_options({"--out", tmp / "a", "--estimate"}, small("20")));
  CHECK(asked.code == 0);
  CHECK_CONTAINS(asked.out, "2 networks, 20 epochs each, ");
  CHECK_CONTAINS(asked.out, "ms an epoch, measured");
  CHECK(run_program("modular_addition", with_options({"--out", tmp / "a"}, small("20"))).code == 0);
}

TEST_CASE("wrong options of modular_addition are refused before a folder is made") {
  TempFolder tmp;
  const auto refused = [&](const std::vector<std::string>& words, int code, const std::string& part) {
    const Result r = train(tmp / "a", words);
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused({"--modulus", "2"}, 2, "from 3 to 4096; given '2'");
  refused({"--modulus", "5000"}, 2, "from 3 to 4096; given '5000'");
  refused({"--train-fraction", "1"}, 2, "a training fraction of 1 of 3481 rows leaves a part empty");
  refused({"--train-fraction", "nan"}, 2, "given 'nan'");
  refused({"--operation", "divide"}, 2, "add, subtract, quadratic");
  refused({"--seeds", ""}, 2, "wanted one or more, each once");
  refused({"--seeds", "1,1"}, 2, "'1,1' given; wanted one or more, each once");
  refused({"--epochs", "0"}, 2, "given '0'");
  refused({"--preset", "small"}, 2, "wanted: quick, tiny, paper");
}

TEST_CASE("a refused resume of modular_addition leaves the run as it was") {
  TempFolder tmp;
  CHECK(train(tmp / "a", small("10")).code == 0);
  const std::string config = read_file(tmp / "a/config.toml");
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"--operation", "subtract"}, {"--seeds", "0"}, {"--lr", "0.5"}, {"--d-mlp", "8"}, {"--seed", "1"}}) {
    const Result r = train(tmp / "a", {"--resume", option, value});
    CHECK(r.code == 3);
    CHECK_CONTAINS(r.err, "given " + value + "; help: --resume takes the run's own config.toml");
  }
  CHECK(read_file(tmp / "a/config.toml") == config);
  const Result none = train(tmp / "b", {"--resume"});
  CHECK(none.code == 2);
  CHECK_CONTAINS(none.err, "there is no run in " + tmp / "b");
}

TEST_CASE("the other operations have pages too") {
  TempFolder tmp;
  for (const char* operation : {"subtract", "quadratic"}) {
    const Result r =
        train(tmp / operation, with_options(small("5", "0"), {"--operation", operation, "--modulus", "4"}));
    CHECK(r.code == 0);
    CHECK(fs::exists(tmp / (std::string(operation) + "/report.html")));
  }
}
