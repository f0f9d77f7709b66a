// interaction_graph and ablation of the runs of modular_addition and train_transformer, as their users run them.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/npy.h"
#include "core/rng.h"
#include "tests/experiments/process.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

nlohmann::json parsed(const std::string& path) { return nlohmann::json::parse(read_file(path)); }

}  // namespace

TEST_CASE("a run of modular_addition: its pairs, its labels, the network asked for") {
  TempFolder tmp;
  CHECK(run_program("modular_addition",
                    {"--modulus", "7", "--d-model", "8", "--heads", "2", "--d-head", "4", "--d-mlp", "16", "--epochs",
                     "40", "--seeds", "0,3", "--log-every", "20", "--quiet", "--out", tmp / "run"})
            .code == 0);
  const auto look = [&](const std::string& program, std::vector<std::string> more) {
    std::vector<std::string> words{"--run", tmp / "run", "--out", tmp / "out", "--quiet", "--force"};
    words = with_options(std::move(words), more);
    return run_program(program, words);
  };
  CHECK(look("interaction_graph", {"--nulls", "2"}).code == 0);
  const auto results = parsed(tmp / "out/results.json");
  CHECK(results.at("data") == "a + b mod 7");
  CHECK(results.at("modulus") == 7);
  CHECK(contains(results.at("network"), "networks/seed-0/network.safetensors"));
  CHECK_CONTAINS(read_file(tmp / "out/graph.json"), "% cos(");

  CHECK(look("ablation", {"--network", "3", "--nodes", "none"}).code == 0);
  std::istringstream metrics(read_file(tmp / "run/networks/seed-3/metrics.jsonl"));
  std::string line, last;
  while (std::getline(metrics, line)) last = line;
  CHECK(parsed(tmp / "out/results.json").at("base").get<double>() ==
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
  CHECK(parsed(tmp / "out/results.json").at("positions") == 4);
  std::vector<std::string> last = words;
  last.push_back("--last-position");
  CHECK(run_program("ablation", last).code == 0);
  CHECK(parsed(tmp / "out/results.json").at("rows") == 8);
  fs::remove_all(tmp / "out");
  const Result every = run_program("ablation", words);
  CHECK(every.code == 2);
  CHECK_CONTAINS(every.err, "an output at every one; help: --last-position");
  write_npy(tmp / "tokens.npy", Matrix({40, 5}, 1.0));
  const Result changed = run_program("interaction_graph", words);
  CHECK(changed.code == 3);
  CHECK_CONTAINS(changed.err, "made with other data");
}
