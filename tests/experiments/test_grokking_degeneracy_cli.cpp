// grokking_degeneracy as its user runs it, on networks too small to grok.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/trained_runs.h"

using basin::read_file;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result study(const std::vector<std::string>& words) {
  return run_program("grokking_degeneracy", with_options({"--quiet", "--threads", "2", "--parts",
                                                          "rank,training,lambda,edges", "--checkpoints", "3", "--first",
                                                          "5", "--chains", "2", "--draws", "60", "--warm-up", "20"},
                                                         words));
}

// Two networks of a + b mod 4, trained once for all tests.
const std::string& small_run() {
  static const TempFolder tmp;
  static const std::string folder = tmp / "modular";
  if (!fs::exists(folder))
    REQUIRE(run_program("modular_addition",
                        {"--modulus",   "4", "--train-fraction", "0.7",   "--d-model", "4",  "--heads", "1",
                         "--d-head",    "3", "--d-mlp",          "6",     "--epochs",  "30", "--seeds", "0,3",
                         "--log-every", "5", "--quiet",          "--out", folder})
                .code == 0);
  return folder;
}

}  // namespace

TEST_CASE("each network is measured at the common epochs and its own moments, with a page") {
  const TempFolder tmp;
  const Result r = study({small_run(), "--out", tmp / "a"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.err == "");
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  CHECK(results["count"] == 2);
  CHECK(results["parameters"] == 176);
  CHECK(results["train_rows"] == 11);
  CHECK(results["rank"]["rows"] == 16 * 5);
  CHECK(results["training_rank"]["rows"] == 11 * 5);
  CHECK(results["rank"]["bounded"] == true);
  const Json rows = results["table"]["rows"];
  REQUIRE(rows.size() >= 6);
  CHECK(rows[0]["epoch"] == 0);
  CHECK(rows[0]["moment"] == "start");
  for (const Json& row : rows) {
    CHECK(row["free_1e-9"].get<int>() + row["rank"].get<int>() == 176);
    CHECK(row["free"].get<int>() + row["above"].get<int>() == 176);
    CHECK(row["free_training"].get<int>() >= row["free"].get<int>());  // fewer rows see less
    CHECK(row["lambda"].is_number());
    CHECK(row["lib"].get<double>() >= 3);  // an edge in each section
  }
  CHECK(fs::exists(tmp / "a/figures/grokking.svg"));
  CHECK(fs::exists(tmp / "a/report.html"));
  CHECK(fs::exists(tmp / "a/items/seed3-epoch30-rank.item"));
}

TEST_CASE("a study that was cut short and resumed has the numbers of one that was not, on any threads") {
  const TempFolder tmp;
  const std::vector<std::string> parts{small_run(), "--parts", "edges,lambda"};
  REQUIRE(study(with_options(parts, {"--threads", "1", "--out", tmp / "a"})).code == 0);
  REQUIRE(study(with_options(parts, {"--out", tmp / "b"})).code == 0);
  CHECK(read_file(tmp / "a/metrics.jsonl") == read_file(tmp / "b/metrics.jsonl"));
  const std::string whole = read_file(tmp / "b/results.json"),
                    kept = read_file(tmp / "b/items/seed0-epoch30-edges.item");
  for (const char* gone : {"metrics.jsonl", "results.json", "items/seed0-epoch0-lambda.item"})
    fs::remove(tmp / ("b/" + std::string(gone)));
  const auto written = fs::last_write_time(tmp / "b/items/seed0-epoch30-edges.item");
  const Result again = study(with_options(parts, {"--resume", "--out", tmp / "b"}));
  REQUIRE_MESSAGE(again.code == 0, again.err);
  CHECK(read_file(tmp / "b/metrics.jsonl") == read_file(tmp / "a/metrics.jsonl"));
  CHECK(fs::last_write_time(tmp / "b/items/seed0-epoch30-edges.item") == written);  // read, not measured again
  CHECK(fs::exists(tmp / "b/items/seed0-epoch0-lambda.item"));
}

TEST_CASE("an interrupted study says how it goes on, and does") {
  const TempFolder tmp;
  Process process("grokking_degeneracy", {small_run(), "--quiet", "--threads", "1", "--parts", "edges,lambda",
                                          "--draws", "20000", "--out", tmp / "a"});
  const Result stopped = interrupted_after(process, tmp / "a/manifest.json");
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: grokking_degeneracy --resume --out " + tmp / "a");
  CHECK_FALSE(fs::exists(tmp / "a/results.json"));
  const Result other = study({"--resume", "--out", tmp / "a"});  // the study's own words ask for fewer draws
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "in the run to be resumed");
}

TEST_CASE("what is no finished run of modular_addition, and what does not go together, is refused") {
  const TempFolder tmp;
  const auto refused = [&](const std::vector<std::string>& words, int code, const std::string& part) {
    const Result r = study(with_options({"--out", tmp / "x"}, words));
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "x"));
  };
  refused({tmp / "none"}, 2, "there is no run; wanted a run of modular_addition");
  REQUIRE(run_program("train_mlp", {"--widths", "4", "--epochs", "1", "--quiet", "--out", tmp / "mlp"}).code == 0);
  refused({tmp / "mlp"}, 2, "made by train_mlp; wanted a run of modular_addition");
  refused({small_run(), "--parts", "rank,volume"}, 2,
          "'volume' given for a part; wanted some of rank, training, lambda, edges");
  refused({small_run(), "--parts", "rank,rank"}, 2, "each once");
  refused({small_run(), "--seeds", "7"}, 2, "--seeds 7 has no effect: --run has trained networks");
  refused({small_run(), "--n-beta", "10,100"}, 2, "wanted one value, or auto");
  fs::copy(small_run(), tmp / "cut", fs::copy_options::recursive);
  fs::remove(tmp / "cut/networks/seed-3/network.safetensors");
  refused({tmp / "cut"}, 3, "help: modular_addition --resume --out " + tmp / "cut");
}
