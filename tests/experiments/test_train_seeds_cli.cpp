// train_mlp --seeds as its user runs it.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiments/shared/seed_list.h"
#include "tests/experiments/trained_runs.h"

using basin::read_file, basin::experiments::seed_list;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result train_seeds(const std::string& out, const std::vector<std::string>& more) {
  return run_program("train_mlp", with_options({"--out", out, "--quiet", "--widths", "2", "--epochs", "3",
                                                "--checkpoint-every", "2", "--threads", "2"},
                                               more));
}

std::string folder(const std::string& run, int seed) { return run + "/networks/seed-" + std::to_string(seed) + "/"; }

void check_same_networks(const std::string& a, const std::string& b, const std::vector<int>& seeds) {
  for (const int seed : seeds)
    for (const char* file : {"metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/epoch-0002.safetensors"})
      CHECK_MESSAGE(read_file(folder(a, seed) + file) == read_file(folder(b, seed) + file), file);
}

}  // namespace

TEST_CASE("several seeds leave a folder each, one page, and means with intervals") {
  const TempFolder tmp;
  const Result r = train_seeds(tmp / "a", {"--seeds", "0..4"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "5 networks that differ in their start");
  CHECK_CONTAINS(r.out, "95 % intervals over seeds: test loss ");
  CHECK_CONTAINS(r.out, "test accuracy");
  CHECK_CONTAINS(r.out, tmp / "a/report.html");
  for (const char* file : {"metrics.jsonl", "checkpoints/epoch-0000.safetensors", "checkpoints/epoch-0002.safetensors",
                           "checkpoints/epoch-0003.safetensors", "checkpoints/last.safetensors"})
    CHECK_MESSAGE(fs::exists(folder(tmp / "a", 4) + file), file);
  for (const char* figure : {"loss", "accuracy"})
    CHECK(fs::exists(tmp / ("a/figures/" + std::string(figure) + ".svg")));
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  CHECK(results["seeds"] == Json{0, 1, 2, 3, 4});
  REQUIRE(results["networks"]["rows"].size() == 5);
  double sum = 0;
  for (const Json& row : results["networks"]["rows"]) sum += row["test_loss"].get<double>();
  CHECK(results["test_loss"]["mean"] == doctest::Approx(sum / 5));
  CHECK(results["test_loss"]["low"] < results["test_loss"]["mean"]);
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Every network");
}

TEST_CASE("a network of a list is that of a range, for any number of threads") {
  const TempFolder tmp;
  CHECK(train_seeds(tmp / "a", {"--seeds", "0..7"}).code == 0);
  CHECK(train_seeds(tmp / "b", {"--seeds", "7,2", "--threads", "1"}).code == 0);
  check_same_networks(tmp / "a", tmp / "b", {2, 7});
  CHECK(train_seeds(tmp / "c", {"--seeds", "0..2", "--dtype", "f64"}).code == 0);
}

TEST_CASE("a run of several seeds goes on, with more epochs and more seeds") {
  const TempFolder tmp;
  CHECK(train_seeds(tmp / "whole", {"--seeds", "0..3", "--epochs", "5"}).code == 0);
  CHECK(train_seeds(tmp / "parts", {"--seeds", "0..1"}).code == 0);
  CHECK(run_program("train_mlp", {"--out", tmp / "parts", "--quiet", "--resume", "--seeds", "0..3", "--epochs", "5"})
            .code == 0);
  check_same_networks(tmp / "whole", tmp / "parts", {0, 1, 2, 3});
  const Result again = run_program("train_mlp", {"--out", tmp / "parts", "--quiet", "--resume", "--json"});
  CHECK(again.code == 0);
  CHECK(Json::parse(again.out)["count"] == 4);

  const Result other = run_program("train_mlp", {"--out", tmp / "parts", "--quiet", "--resume", "--lr", "0.5"});
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "--resume takes the run's own config.toml");
  const Result wider = run_program("train_mlp", {"--out", tmp / "parts", "--quiet", "--resume", "--widths", "5"});
  CHECK(wider.code == 3);
  CHECK_CONTAINS(wider.err, "widths is 64,2,10, wanted 64,5,10");
}

TEST_CASE("an interrupted run of several seeds goes on as if it had not been") {
  const TempFolder tmp;
  Process process("train_mlp", {"--out", tmp / "a", "--quiet", "--widths", "2", "--epochs", "100000", "--seeds", "0..2",
                                "--checkpoint-every", "100000"});
  const std::string metrics = folder(tmp / "a", 0) + "metrics.jsonl";
  const Result stopped = interrupted_after(process, metrics);
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: train_mlp --resume --out " + tmp / "a");
  const std::string lines = read_file(metrics);
  std::int64_t furthest = 0;  // networks on threads of their own need not be as far
  for (const int seed : {0, 1, 2})
    if (const std::string path = folder(tmp / "a", seed) + "metrics.jsonl"; fs::exists(path))
      furthest = std::max<std::int64_t>(furthest, std::ranges::count(read_file(path), '\n'));
  const std::string end = std::to_string(furthest + 2);
  CHECK(run_program("train_mlp", {"--out", tmp / "a", "--quiet", "--resume", "--epochs", end}).code == 0);
  CHECK(run_program("train_mlp", {"--out", tmp / "b", "--quiet", "--widths", "2", "--epochs", end, "--seeds", "0..2",
                                  "--checkpoint-every", "100000"})
            .code == 0);
  CHECK(read_file(metrics).starts_with(lines));
  check_same_networks(tmp / "b", tmp / "a", 9);
}

TEST_CASE("a run of one network does not become one of several") {
  const TempFolder tmp;
  CHECK(run_program("train_mlp", {"--out", tmp / "one", "--quiet", "--widths", "2", "--epochs", "1"}).code == 0);
  const Result r = run_program("train_mlp", {"--out", tmp / "one", "--quiet", "--resume", "--seeds", "0..3"});
  CHECK(r.code == 3);
  CHECK_CONTAINS(r.err, "the run there trained one network; help: --out DIR starts another run");
}

TEST_CASE("a network of such a run is looked at by its folder") {
  const TempFolder tmp;
  CHECK(train_seeds(tmp / "a", {"--seeds", "3,5"}).code == 0);
  const Result r = run_program("degeneracy", {"--run", tmp / "a/networks/seed-5", "--rows", "60"});
  CHECK_MESSAGE(r.code == 0, r.err);
}

TEST_CASE("what is no list of seeds is refused, and says what one looks like") {
  CHECK(seed_list("seeds", "0..3,8") == std::vector<std::uint64_t>{0, 1, 2, 3, 8});
  CHECK(seed_list("seeds", "5") == std::vector<std::uint64_t>{5});
  CHECK(seed_list("seeds", "0..9999").size() == 10000);
  const TempFolder tmp;
  const std::vector<std::pair<const char*, const char*>> bad{{"3..1", "'3..1' falls: its last seed is below its first"},
                                                             {"1,,2", "'' is no seed from 0 on"},
                                                             {"0..", "'0..' is no seed from 0 on"},
                                                             {"-1", "'-1' is no seed from 0 on"},
                                                             {"1.5", "'1.5' is no seed from 0 on"},
                                                             {"0..2,1", "'1' has seed 1 again"},
                                                             {"0..10000", "'0..10000' makes more than 10000 seeds"}};
  for (const auto& [text, why] : bad) {
    CHECK_THROWS_WITH_AS(seed_list("seeds", text), doctest::Contains(why), basin::UsageError);
    const Result r = train_seeds(tmp / "bad", {std::string("--seeds=") + text});
    CHECK(r.code == 2);
    CHECK_CONTAINS(r.err, why);
    CHECK_CONTAINS(r.err, "such as 0..15 or 0,3,7");
    CHECK_FALSE(fs::exists(tmp / "bad"));
  }
  const Result alone = run_program("train_mlp", {"--out", tmp / "bad", "--quiet", "--threads", "2"});
  CHECK(alone.code == 2);
  CHECK_CONTAINS(alone.err, "--threads 2 has no effect: a step of one network is too short to share");
}
