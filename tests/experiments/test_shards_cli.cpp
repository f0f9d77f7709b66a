// Shards of studies as their user computes them, and merged.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/trained_runs.h"

using basin::read_file;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Study {
  std::string program;
  std::vector<std::string> words;
  std::vector<std::string> timed{};  // files, or folders, with measured times, which no two runs have alike
};

// Small ones, in all ways in which items are kept: files, folders of networks, both.
const std::vector<Study>& studies() {
  static const std::vector<Study> all{
      {"degeneracy_training",
       {"--tasks", "blocks,digits", "--widths", "3", "--weight-decays", "0", "--seeds", "2", "--epochs", "0,1"}},
      {"claims", {"--only", "C1,C2,C15", "--nets", "1"}, {"timings.json", "items"}},
      {"modular_addition",
       {"--modulus", "4", "--train-fraction", "0.7", "--d-model", "4", "--heads", "1", "--d-head", "3", "--d-mlp", "6",
        "--epochs", "20", "--seeds", "0,3", "--log-every", "5"}},
      {"train_mlp", {"--seeds", "0..3", "--widths", "4", "--epochs", "1", "--data", "blocks"}},
      {"train_superposition",
       {"--starts", "3", "--epochs", "10", "--samples", "50", "--phase-features", "4", "--phase-hidden", "2",
        "--sparsities", "0,0.9", "--phase-starts", "1", "--phase-epochs", "3"}},
      {"llc_oracles", {"--only", "quadratic/*"}},
      {"llc", {"--oracle", "crossing/1-1-t579"}},
      {"sparsity",
       {"--settings", "planted,blocks", "--seeds", "2", "--epochs", "0,1", "--rows", "60", "--hidden", "4,3",
        "--jacobian-rows", "10", "--weight-decays", "0"}},
      {"modularity_degeneracy", {"--widths",      "7",  "--inputs", "2", "--outputs",  "1",  "--pairs",         "3",
                                 "--data-sets",   "2",  "--starts", "2", "--rows",     "16", "--epochs",        "5",
                                 "--sample-rows", "64", "--nulls",  "2", "--restarts", "1",  "--weight-decays", "0"}},
  };
  return all;
}

Result run(const Study& study, const std::vector<std::string>& more) {
  std::vector<std::string> words = study.words;
  words.push_back("--quiet");
  words.insert(words.end(), more.begin(), more.end());
  return run_program(study.program, words);
}

void compute_shards(const Study& study, const std::string& out, int count) {
  for (int i = count; i >= 1; --i) {
    const Result r = run(study, {"--out", out, "--shard", std::to_string(i) + "/" + std::to_string(count)});
    REQUIRE_MESSAGE(r.code == 0, r.err);
    CHECK_CONTAINS(r.out, "shard " + std::to_string(i) + "-of-" + std::to_string(count) + " is done");
  }
}

bool is_timed(const Study& study, const std::string& file) {
  return std::ranges::any_of(study.timed, [&](const std::string& name) { return file.starts_with(name); });
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), folder));
  std::ranges::sort(files);
  return files;
}

void check_merged(const Study& study) {
  CAPTURE(study.program);
  const TempFolder tmp;
  const int code = run(study, {"--out", tmp / "whole"}).code;
  compute_shards(study, tmp / "parts", 3);
  const Result merged = run_program("merge", {tmp / "parts", "--quiet"});
  REQUIRE_MESSAGE(merged.code == code, merged.err);
  CHECK(files_below(tmp / "parts") == files_below(tmp / "whole"));
  for (const std::string& file : files_below(tmp / "whole")) {
    if (file == "manifest.json" || is_timed(study, file)) continue;
    CAPTURE(file);
    CHECK(read_file(tmp / ("parts/" + file)) == read_file(tmp / ("whole/" + file)));
  }
  const Json manifest = Json::parse(read_file(tmp / "parts/manifest.json"));
  REQUIRE(manifest["shards"].size() == 3);
  CHECK(manifest["shards"][1]["name"] == "2-of-3");
  CHECK(manifest["status"] == "finished");
}

}  // namespace

TEST_CASE("merged shards have every file of the run that one process makes, byte for byte") {
  for (const Study& study : studies()) check_merged(study);
}

TEST_CASE("so do shards that look into a trained network") {
  const TempFolder tmp;
  REQUIRE(run_program("train_mlp", {"--data", "blocks", "--epochs", "1", "--quiet", "--out", tmp / "net"}).code == 0);
  check_merged({"look", {"--run", tmp / "net", "--copies", "5"}});
  check_merged({"llc_training",
                {"--run", tmp / "net", "--checkpoints", "2", "--chains", "2", "--draws", "40", "--warm-up", "20"}});
}

TEST_CASE("shards that are missing, double, foreign, unfinished or damaged are named, and nothing is written") {
  const Study& study = studies().front();
  const TempFolder made;
  compute_shards(study, made / "run", 2);
  const auto refused = [&](const auto& spoil, const std::string& part) {
    const TempFolder tmp;
    fs::copy(made / "run", tmp / "run", fs::copy_options::recursive);
    spoil(tmp / "run/shards");
    const auto before = files_below(tmp / "run");
    const Result r = run_program("merge", {tmp / "run"});
    CHECK(r.code == 3);
    CHECK_CONTAINS(r.err, part);
    CHECK(files_below(tmp / "run") == before);
  };
  const std::string item = "items/digits-width3-decay0-seed1.item";
  refused([](const fs::path& s) { fs::remove_all(s / "1-of-2"); }, "missing: 1; help: run them, --shard 1/2");
  refused([&](const fs::path& s) { fs::remove(s / "2-of-2" / item); }, item + " is missing");
  refused([&](const fs::path& s) { fs::resize_file(s / "2-of-2" / item, 100); }, item + " is not as it was written");
  refused([&](const fs::path& s) { fs::copy(s / "2-of-2" / item, s / "1-of-2" / item); }, "was not written by it");
  refused([](const fs::path& s) { fs::copy(s / "1-of-2", s / "3-of-3", fs::copy_options::recursive); },
          "beside 1-of-2");
  refused([](const fs::path& s) { fs::copy(s / "1-of-2", s / "1-of-2.bak", fs::copy_options::recursive); },
          "'1-of-2.bak' is no shard");
  const auto with = [](const std::string& file, const std::string& old, const std::string& now) {
    std::string text = read_file(file);
    basin::write_atomically(file, text.replace(text.find(old), old.size(), now));
  };
  refused([&](const fs::path& s) { with(s / "2-of-2/manifest.json", "\"finished\"", "\"running\""); }, "not finished");
  refused([&](const fs::path& s) { with(s / "2-of-2/config.toml", "rows = 100", "rows = 50"); }, "other options");
  refused([&](const fs::path& s) { with(s / "2-of-2/manifest.json", "degeneracy_training", "claims"); },
          "experiment is");
}

TEST_CASE("shards are merged once, and beside no other run") {
  const Study& study = studies().front();
  const TempFolder made;
  CHECK(run_program("merge", {made / "nothing"}).code == 3);
  CHECK(run_program("merge", {}).code == 2);
  compute_shards(study, made / "run", 2);
  REQUIRE(run(study, {"--out", made / "plain"}).code == 0);
  fs::rename(made / "run/shards", made / "plain/shards");
  const Result other = run_program("merge", {made / "plain"});
  CHECK(other.code == 2);
  CHECK_CONTAINS(other.err, "holds a run already");
  fs::rename(made / "plain/shards", made / "run/shards");
  REQUIRE(run_program("merge", {made / "run", "--quiet"}).code == 0);
  CHECK_CONTAINS(run_program("merge", {made / "run"}).err, "no folder shards");
}

TEST_CASE("a shard goes on by the same command, and refuses other options") {
  const Study& study = studies().front();
  const TempFolder tmp;
  compute_shards(study, tmp / "run", 2);
  const std::string item = tmp / "run/shards/1-of-2/items/digits-width3-decay0-seed0.item";
  const auto written = fs::last_write_time(item);
  compute_shards(study, tmp / "run", 2);
  CHECK(fs::last_write_time(item) == written);
  Study other = study;
  other.words = with_options(study.words, {"--epochs", "0,2"});
  const Result r = run(other, {"--out", tmp / "run", "--shard", "1/2"});
  CHECK(r.code == 3);
  CHECK_CONTAINS(r.err, "begun with other options");
  CHECK(run(other, {"--out", tmp / "run", "--shard", "1/2", "--force"}).code == 0);
}

TEST_CASE("SIGTERM and SIGUSR1 end a shard with 75, and the same command finishes it") {
  const Study study{"degeneracy_training",
                    {"--tasks", "blocks", "--widths", "6", "--weight-decays", "0", "--seeds", "8", "--epochs", "0,40",
                     "--threads", "1"}};
  const TempFolder tmp;
  const std::vector<std::string> shard{"--out", tmp / "run", "--shard", "1/2"};
  for (const int signal : {SIGTERM, SIGUSR1}) {
    std::vector<std::string> words = study.words;
    words.insert(words.end(), shard.begin(), shard.end());
    Process process(study.program, words);
    const std::string manifest = tmp / "run/shards/1-of-2/manifest.json";
    for (int i = 0; i < 4000 && !(fs::exists(manifest) && contains(read_file(manifest), "\"running\"")); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    process.signal(signal);
    const Result r = process.wait();
    CHECK(r.code == 75);
    CHECK_CONTAINS(r.err, "the same command goes on with shard 1-of-2");
  }
  CHECK(run_program("merge", {tmp / "run"}).code == 3);
  REQUIRE(run(study, shard).code == 0);
  REQUIRE(run(study, {"--out", tmp / "run", "--shard", "2/2"}).code == 0);
  REQUIRE(run(study, {"--out", tmp / "whole"}).code == 0);
  REQUIRE(run_program("merge", {tmp / "run", "--quiet"}).code == 0);
  CHECK(read_file(tmp / "run/results.json") == read_file(tmp / "whole/results.json"));
}

TEST_CASE("a task of a job array that has nothing to do says so") {
  const TempFolder tmp;
  const Result r = run_in_shell(
      "export SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7;",
      "train_mlp", {"--seeds", "0,1", "--epochs", "1", "--quiet", "--out", tmp / "run"});
  CHECK(r.code == 2);
  CHECK_CONTAINS(r.err, "--shard 1/1");
}
