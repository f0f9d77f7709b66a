// train_superposition as its user runs it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/trained_runs.h"

using basin::read_file;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result train_toy(const std::string& out, const std::vector<std::string>& more) {
  return run_program("train_superposition", with_options({"--out", out, "--quiet", "--threads", "2"}, more));
}

// Three networks of a few epochs and no phase diagram.
std::vector<std::string> small_toy(const std::vector<std::string>& more) {
  return with_options({"--starts", "3", "--epochs", "40", "--samples", "240", "--batch", "60", "--phase-hidden="},
                      more);
}

}  // namespace

TEST_CASE("the quick preset finds polygons and leaves a page, figures, results and networks") {
  const TempFolder tmp;
  const Result r = train_toy(tmp / "a", {"--preset", "quick"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "8 networks ended in ");
  CHECK_CONTAINS(r.out, "5-gon, 1 live");
  CHECK_CONTAINS(r.out, tmp / "a/report.html");
  for (const char* name : {"loss", "losses", "state_0", "phases", "represented", "dimensions"})
    CHECK_MESSAGE(fs::exists(tmp / ("a/figures/" + std::string(name) + ".svg")), name);
  for (const char* file : {"network.safetensors", "metrics.jsonl", "checkpoints/epoch-0000.safetensors",
                           "checkpoints/epoch-0100.safetensors", "checkpoints/last.safetensors"})
    CHECK_MESSAGE(fs::exists(tmp / ("a/networks/seed-7/" + std::string(file))), file);
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  CHECK(results["critical"]["rows"].size() == 10);
  CHECK(results["networks"]["rows"].size() == 8);
  CHECK(results["phases"]["rows"].size() == 6);
  CHECK(results["near"] >= 6);
  const Json six = results["critical"]["rows"].back();
  CHECK(six["polygon"] == "6-gon");
  CHECK(six["rising"] == 17);
  CHECK(six["flat"] == 1);
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "0.04819");
  const Result shown = run_program("describe", {tmp / "a/networks/seed-7/network.safetensors", "--values"});
  CHECK(shown.code == 0);
  CHECK_CONTAINS(shown.out, "hidden");
}

TEST_CASE("--json is one object with the results and the folder") {
  const TempFolder tmp;
  const Result r = train_toy(tmp / "a", small_toy({"--json"}));
  CHECK(r.code == 0);
  const Json json = Json::parse(r.out);
  CHECK(json["run"] == tmp / "a");
  CHECK(json["count"] == 3);
  CHECK(json["states"]["rows"].size() == json["kinds"]);
  CHECK(json["phases"]["rows"].empty());
}

TEST_CASE("other laws and other numbers of hidden numbers have pages too") {
  const TempFolder tmp;
  const std::vector<std::vector<std::string>> all{
      {"--law", "sparse", "--sparsity", "0.7"},
      {"--hidden", "3", "--features", "7"},
      {"--hidden", "1", "--features", "1"},
      {"--features", "2", "--dtype", "f64"},
      {"--law", "sparse", "--sparsity", "0.9999", "--samples", "1"},
      {"--phase-hidden", "1", "--sparsities", "0.9999", "--phase-epochs", "1"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Result r = train_toy(tmp / std::to_string(i), small_toy(all[i]));
    CHECK_MESSAGE(r.code == 0, r.err);
    CHECK(fs::exists(tmp / (std::to_string(i) + "/report.html")));
  }
}

TEST_CASE("networks do not depend on threads, and a resumed run equals one that was not interrupted") {
  const TempFolder tmp;
  Process process("train_superposition", with_options({"--out", tmp / "a", "--quiet", "--threads", "2"},
                                                      small_toy({"--epochs", "1000000", "--schedule", "constant"})));
  const std::string metrics = tmp / "a/networks/seed-0/metrics.jsonl";
  const Result stopped = interrupted_after(process, metrics);
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: train_superposition --resume --out " + tmp / "a");
  const std::string lines = read_file(metrics);
  const std::string epochs = std::to_string(2 * std::ranges::count(lines, '\n') + 4000);
  CHECK(train_toy(tmp / "a", {"--resume", "--epochs", epochs}).code == 0);
  CHECK(train_toy(tmp / "b", small_toy({"--epochs", epochs, "--schedule", "constant", "--threads", "1"})).code == 0);
  check_same_networks(tmp / "b", tmp / "a", 6);
  CHECK(train_toy(tmp / "a", {"--resume", "--starts", "4"}).code == 0);
  CHECK(fs::exists(tmp / "a/networks/seed-3/network.safetensors"));
}

TEST_CASE("wrong options of train_superposition are refused before a folder is made") {
  const TempFolder tmp;
  const auto refused = [&](const std::vector<std::string>& words, const std::string& part) {
    const Result r = train_toy(tmp / "a", words);
    CHECK(r.code == 2);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused({"--features", "0"}, "given '0'");
  refused({"--hidden", "-1"}, "given '-1'");
  refused({"--law", "two"}, "one, sparse");
  refused({"--sparsity", "0.5"}, "--sparsity 0.5 has no effect: it is of --law sparse");
  refused({"--law", "sparse", "--sparsity", "1.5"}, "given '1.5'");
  refused({"--sparsities", "0.5,1"}, "given '0.5,1'");
  refused({"--starts", "0"}, "given '0'");
  refused({"--lr", "nan"}, "given 'nan'");
  refused({"--phase-hidden=", "--importance", "0.5"}, "--importance 0.5 has no effect: --phase-hidden is empty");
  refused({"--sparsities="}, "--sparsities: none given; wanted one or more");
  refused({"--features", "4096", "--samples", "10000000"}, "superposition: samples is 10000000");
  refused({"--preset", "tiny"}, "quick, paper");
}

TEST_CASE("a refused resume of train_superposition leaves the run as it was") {
  const TempFolder tmp;
  CHECK(train_toy(tmp / "a", small_toy({})).code == 0);
  const std::string config = read_file(tmp / "a/config.toml");
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"--features", "5"}, {"--law", "sparse"}, {"--lr", "0.5"}, {"--seed", "1"}, {"--epochs", "80"}}) {
    const Result r = train_toy(tmp / "a", {"--resume", option, value});
    CHECK(r.code == 3);
    CHECK_CONTAINS(r.err, "given " + value + "; help: --resume takes the run's own config.toml");
  }
  CHECK(read_file(tmp / "a/config.toml") == config);
  CHECK(train_toy(tmp / "b", {"--resume"}).code == 2);
}
