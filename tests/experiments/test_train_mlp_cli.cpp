#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/experiments/trained_runs.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

Result train_mlp(const std::string& out, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"--out", out, "--quiet"};
  words = with_options(std::move(words), more);
  return run_program("train_mlp", words);
}

const std::vector<std::string> small{"--widths", "8", "--epochs", "2", "--checkpoint-every", "1"};

std::string table(const std::string& first_cell, int rows = 30) {
  std::string text = "a,b,y\n" + first_cell + ",1,2\n";
  for (int i = 1; i < rows; ++i)
    text += std::to_string(0.1 * i) + "," + std::to_string(1 - 0.03 * i) + "," + std::to_string(0.2 * i) + "\n";
  return text;
}

// Everything that training computes; manifest.json and config.toml tell times and places.
void check_same_results(const std::string& a, const std::string& b) {
  CHECK(read_file(a + "/metrics.jsonl") == read_file(b + "/metrics.jsonl"));
  for (const auto& entry : fs::directory_iterator(a + "/checkpoints")) {
    const std::string name = entry.path().filename();
    INFO(name);
    REQUIRE(fs::exists(b + "/checkpoints/" + name));
    CHECK(read_file(a + "/checkpoints/" + name) == read_file(b + "/checkpoints/" + name));
  }
}

}  // namespace

TEST_CASE("train_mlp trains on the digits and says how well and where") {
  TempFolder tmp;
  const std::string out = tmp / "run";
  const Result r = train_mlp(out, small);
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "1437 rows, 2 epochs: training loss ");
  CHECK_CONTAINS(r.out, "of 360 rows\n" + out + "\n");
  for (const char* file : {"manifest.json", "config.toml", "metrics.jsonl", "checkpoints/last.safetensors",
                           "checkpoints/epoch-0000.safetensors", "checkpoints/epoch-0002.safetensors"})
    CHECK_MESSAGE(fs::exists(out + "/" + file), file);
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  TempFolder tmp;
  for (const char* name : {"a", "b"}) CHECK(train_mlp(tmp / name, small).code == 0);
  check_same_results(tmp / "a", tmp / "b");
  CHECK(train_mlp(tmp / "c", {"--seed", "1", "--config", tmp / "a/config.toml"}).code == 0);
  CHECK(read_file(tmp / "a/metrics.jsonl") != read_file(tmp / "c/metrics.jsonl"));
}

TEST_CASE("an interrupted run that is resumed equals one that was not interrupted") {
  TempFolder tmp;
  const std::vector<std::string> long_run{"--widths", "32", "--epochs", "100000", "--checkpoint-every", "100000"};
  std::vector<std::string> words{"--out", tmp / "a", "--quiet"};
  words.insert(words.end(), long_run.begin(), long_run.end());
  Process process("train_mlp", words);
  const std::string metrics = tmp / "a/metrics.jsonl";
  const Result stopped = interrupted_after(process, metrics);
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: train_mlp --resume --out " + tmp / "a");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json"))["status"] == "interrupted");

  const std::string lines = read_file(metrics);
  const std::string end = std::to_string(std::count(lines.begin(), lines.end(), '\n') + 2);
  CHECK(train_mlp(tmp / "a", {"--resume", "--epochs", end}).code == 0);
  std::vector<std::string> whole = long_run;
  whole[3] = end;
  CHECK(train_mlp(tmp / "b", whole).code == 0);
  CHECK(read_file(tmp / "a/metrics.jsonl").starts_with(lines));
  check_same_results(tmp / "b", tmp / "a");
}

TEST_CASE("resuming a finished run tells its result again") {
  TempFolder tmp;
  const Result first = train_mlp(tmp / "a", small), again = train_mlp(tmp / "a", {"--resume"});
  CHECK(again.code == 0);
  CHECK(again.out == first.out);
}

TEST_CASE("a refused resume leaves the run as it was") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table("0.5"));
  const std::vector<std::string> on_csv{"--data", csv, "--epochs", "1", "--widths", "3"};
  CHECK(train_mlp(tmp / "a", on_csv).code == 0);
  const std::string config = read_file(tmp / "a/config.toml");

  const Result other_network = train_mlp(tmp / "a", {"--resume", "--widths", "4"});
  CHECK(other_network.code == 3);
  CHECK_CONTAINS(other_network.err, "widths is 2,3,1, wanted 2,4,1; help: --resume takes the run's own config.toml");
  for (const char* option : {"--lr", "--momentum", "--weight-decay"}) {
    const Result other = train_mlp(tmp / "a", {"--resume", option, "0.5"});
    CHECK(other.code == 3);
    CHECK_CONTAINS(other.err, "given 0.5; help: --resume takes the run's own config.toml");
  }
  tmp.with("t.csv", table("0.75"));
  const Result other_data = train_mlp(tmp / "a", {"--resume", "--epochs", "2"});
  CHECK(other_data.code == 3);
  CHECK_CONTAINS(other_data.err, "the run was made with other data");
  CHECK(read_file(tmp / "a/config.toml") == config);

  tmp.with("t.csv", table("0.5"));
  CHECK(train_mlp(tmp / "a", {"--resume", "--epochs", "2"}).code == 0);
  fs::resize_file(tmp / "a/checkpoints/last.safetensors", 100);
  CHECK(train_mlp(tmp / "a", {"--resume", "--epochs", "3"}).code == 3);
}

TEST_CASE("nothing is overwritten, and there must be something to resume") {
  TempFolder tmp;
  const Result none = train_mlp(tmp / "a", {"--resume"});
  CHECK(none.code == 2);
  CHECK_CONTAINS(none.err, "there is no run in " + tmp / "a");
  CHECK(train_mlp(tmp / "a", small).code == 0);
  const Result again = train_mlp(tmp / "a", small);
  CHECK(again.code == 2);
  CHECK_CONTAINS(again.err, "--force replaces the run there");
  CHECK(train_mlp(tmp / "a", {"--force", "--epochs", "1", "--widths", "4"}).code == 0);
  CHECK_FALSE(fs::exists(tmp / "a/checkpoints/epoch-0002.safetensors"));
}

TEST_CASE("with --json stdout is one JSON object, and what was not measured is null") {
  TempFolder tmp;
  const Result r = run_program("train_mlp", {"--out", tmp / "a", "--json", "--widths", "8", "--epochs", "1"});
  const auto answer = nlohmann::json::parse(r.out);
  CHECK(answer["epoch"] == 1);
  CHECK(answer["test_accuracy"].is_number());
  CHECK(answer["run"] == tmp / "a");
  CHECK_CONTAINS(r.err, "training 45/45");

  const auto untrained = nlohmann::json::parse(train_mlp(tmp / "b", {"--json", "--epochs", "0"}).out);
  CHECK(untrained["train_loss"].is_null());
  CHECK(untrained["test_loss"].is_number());
  const std::string csv = tmp.with("t.csv", table("0.5"));
  const auto regression = nlohmann::json::parse(train_mlp(tmp / "c", {"--json", "--epochs", "1", "--data", csv}).out);
  CHECK(regression["test_accuracy"].is_null());
}

TEST_CASE("wrong options are refused with exit code 2 before a folder is made") {
  TempFolder tmp;
  const auto refused = [&](std::vector<std::string> words, const std::string& part) {
    const Result r = train_mlp(tmp / "a", std::move(words));
    CHECK(r.code == 2);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused({"--epoch", "1"}, "did you mean --epochs?");
  refused({"--set", "epoch=1"}, "did you mean 'epochs'?");
  refused({"--config", tmp.with("c.toml", "witdhs = [3]\n")}, "c.toml:1:10");
  refused({"--widths", "0"}, "each from 1 to 1000000; given '0'");
  refused({"--widths", "8,x"}, "given '8,x'");
  refused({"--lr", "nan"}, "given 'nan'");
  refused({"--preset", "fast"}, "wanted: quick, paper");
  refused({"--data", "digitz"}, "did you mean 'digits'?");
  refused({"stray"}, "'stray' is neither an option");
}

TEST_CASE("missing and broken data are refused with exit code 3 before a folder is made") {
  TempFolder tmp;
  const auto refused = [&](const std::string& csv, const std::string& part) {
    const Result r = train_mlp(tmp / "a", {"--data", csv});
    CHECK(r.code == 3);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused(tmp / "missing.csv", "cannot read " + tmp / "missing.csv");
  refused(tmp.with("cell.csv", table("oops")), "line 2, column 1 ('a'): 'oops' is not a finite number");
  refused(tmp.with("nan.csv", table("nan")), "line 2, column 1 ('a'): 'nan'");
  refused(tmp.with("short.csv", "a,b,y\n1,2\n"), "line 2: 2 cells, the header names 3");
  refused(tmp.with("empty.csv", ""), "the file is empty");
  const Result r = train_mlp(tmp / "a", {"--data", "mnist", "--data-dir", tmp.path()});
  CHECK(r.code == 3);
  CHECK_CONTAINS(r.err, tmp.path());
}

TEST_CASE("a network that diverges ends with exit code 4 and the name of the value") {
  TempFolder tmp;
  const Result r = train_mlp(tmp / "a", {"--lr", "1e30", "--widths", "8"});
  CHECK(r.code == 4);
  CHECK_CONTAINS(r.err, "NaN or Inf first appears in 'layers.");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json"))["status"] == "failed");
}

TEST_CASE("train_mlp's help has every option, and its config keys are options") {
  TempFolder tmp;
  const Result r = run_program("train_mlp", {"--help"});
  CHECK(r.code == 0);
  std::istringstream options(
      "data data-dir train-fraction modulus target task separator header standardise widths activation no-bias "
      "init optimizer lr momentum weight-decay warm-up schedule epochs batch checkpoint-every seed dtype preset "
      "config set out force resume quiet json help version");
  for (std::string option; options >> option;) CHECK_CONTAINS(r.out, "  --" + option);
  CHECK(train_mlp(tmp / "a", {"--epochs", "0"}).code == 0);
  std::istringstream config(read_file(tmp / "a/config.toml"));
  for (std::string line; std::getline(config, line);)
    if (!line.starts_with("#")) CHECK_CONTAINS(r.out, "  --" + line.substr(0, line.find(' ')));
}
