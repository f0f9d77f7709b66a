// Tables of one's own, from the command line: what is decided is said, kept with the run, and decided again.
#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/safetensors.h"
#include "tests/experiments/process.h"

using basin::read_file;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

Result train(const std::string& data, const std::string& out, const Words& more = {}) {
  Words words{"--data", data, "--out", out, "--widths", "3", "--epochs", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program("train_mlp", words);
}

// Two inputs and the target of each row, cells apart by `separator`.
std::string table(const std::function<std::string(int row)>& target, int rows = 60, const char* separator = ",") {
  std::string text = std::string("a") + separator + "b" + separator + "y\n";
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i % 7) + separator + std::to_string(i % 11) + separator + target(i) + "\n";
  return text;
}

std::string flower(int row) { return row % 3 == 0 ? "virginica" : row % 3 == 1 ? "setosa" : "versicolor"; }
std::string number(int row) { return std::to_string(row % 41); }

json manifest(const std::string& run) { return json::parse(read_file(run + "/manifest.json")); }

// The config of a run from before tables had these options.
void forget_table_options(const std::string& run) {
  std::string kept, config = read_file(run + "/config.toml");
  for (std::size_t at = 0; at < config.size();) {
    const std::size_t end = config.find('\n', at) + 1;
    const std::string line = config.substr(at, end - at);
    const bool new_option = line.starts_with("task") || line.starts_with("separator") || line.starts_with("header");
    if (!new_option) kept += line;
    at = end;
  }
  REQUIRE(kept.size() < config.size());
  basin::write_atomically(run + "/config.toml", kept);
}

}  // namespace

TEST_CASE("classes are called by their words wherever a run speaks of them") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(flower, 60, ";"));
  const Result r = train(csv, tmp / "a");
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.err, "note: " + csv +
                            ": cells are separated by ';'; target 'y' is taken for 3 classes: 'setosa', 'versicolor', "
                            "'virginica'\n");
  CHECK_CONTAINS(r.out, "% of 12 rows\nclasses: setosa, versicolor, virginica\n" + tmp / "a");
  CHECK(manifest(tmp / "a")["data"]["classes"] == json{"setosa", "versicolor", "virginica"});
  const Result answer = train(csv, tmp / "b", {"--json", "--quiet"});
  CHECK(answer.err == "");
  CHECK(json::parse(answer.out)["classes"] == json{"setosa", "versicolor", "virginica"});
}

TEST_CASE("a count is learnt as a number, and says how to make it classes") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(number, 410));
  const Result r = train(csv, tmp / "a", {"--json"});
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.err, "from 0 to 40; --task classification takes its 41 values for classes\n");
  CHECK(json::parse(r.out)["test_accuracy"].is_null());
  CHECK(json::parse(r.out)["classes"].is_null());
  const json classes = json::parse(train(csv, tmp / "b", {"--json", "--task", "classification"}).out);
  CHECK(classes["classes"].size() == 41);
  CHECK(classes["test_accuracy"].is_number());
}

TEST_CASE("labels 1 and 2 are two classes") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table([](int i) { return std::to_string(1 + i % 2); }));
  CHECK_CONTAINS(train(csv, tmp / "a").out, "\nclasses: 1, 2\n");
  const auto network = basin::read_safetensors(tmp / "a/checkpoints/epoch-0001.safetensors");
  CHECK(network.metadata.at("widths") == "2,3,2");
}

TEST_CASE("a run remembers what was decided, and goes on with it") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(number, 410));
  CHECK(train(csv, tmp / "a", {"--task", "classification"}).code == 0);
  CHECK(train(csv, tmp / "b").code == 0);
  CHECK_CONTAINS(read_file(tmp / "a/config.toml"),
                 "task = 'classification'\nseparator = 'comma'\nheader = 'present'\n");
  CHECK_CONTAINS(read_file(tmp / "b/config.toml"), "task = 'regression'\n");
  for (const char* run : {"a", "b"}) {
    const Result on = run_program("train_mlp", {"--resume", "--out", tmp / run, "--epochs", "2"});
    CHECK(on.code == 0);
    CHECK_FALSE(contains(on.err, "--task"));  // nothing is left to decide
    CHECK(run_program("degeneracy", {"--run", tmp / run, "--rows", "20", "--quiet"}).code == 0);
  }
  const Result other = run_program("train_mlp", {"--resume", "--out", tmp / "a", "--task", "regression"});
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "task is classification in the run to be resumed; given regression; help: --resume");
}

TEST_CASE("runs from before there was a task go on") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table([](int i) { return std::to_string(i % 3); }));
  CHECK(train(csv, tmp / "a").code == 0);
  forget_table_options(tmp / "a");
  CHECK(run_program("degeneracy", {"--run", tmp / "a", "--rows", "20", "--quiet"}).code == 0);
  CHECK(run_program("train_mlp", {"--resume", "--out", tmp / "a", "--epochs", "2"}).code == 0);
}

TEST_CASE("classes that were renamed are other data") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(flower));
  CHECK(train(csv, tmp / "a").code == 0);
  tmp.with("t.csv", table([](int i) { return flower(i) + "_"; }));
  const Result r = run_program("train_mlp", {"--resume", "--out", tmp / "a", "--epochs", "2"});
  CHECK(r.code == 3);
  CHECK_CONTAINS(r.err, "the run was made with other data");
}

TEST_CASE("tables that cannot be learnt are refused before a folder is made") {
  TempFolder tmp;
  const auto refused = [&](const std::string& text, const Words& more, int code, const std::string& part) {
    const Result r = train(tmp.with("t.csv", text), tmp / "a", more);
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused(table([](int) { return "1"; }), {}, 3, "'1' in all 60 rows: one class, no variance, nothing to learn");
  refused(table(flower), {"--task", "regression"}, 3, "'virginica' in line 2 is no number");
  refused(table(flower), {"--target", "a", "--task", "regression"}, 3,
          "line 2, column 3 ('y'): 'virginica' is not a finite number; help: write a number; of a column of words make "
          "columns of 0");
  refused(table(number), {"--task", "classify"}, 2, "wants one of auto, classification, regression");
  refused(table(number), {"--separator", "dot"}, 2, "--separator: wants auto, comma, semicolon");
  refused(table(number), {"--header", "absent"}, 3, "line 1, column 1 ('1'): 'a' is not a finite number");
}

TEST_CASE("options of tables are refused where there is no table") {
  TempFolder tmp;
  for (const Words& option : {Words{"--task", "regression"}, {"--separator", "tab"}, {"--header", "present"}}) {
    const Result r = train("digits", tmp / "a", option);
    CHECK(r.code == 2);
    CHECK_CONTAINS(r.err, "it is for tables, .csv, .tsv or .txt, and --data is digits");
  }
}

TEST_CASE("a column of targets for one output is numbers, for several outputs labels") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(number, 410));
  CHECK(train(csv, tmp / "a", {"--quiet"}).code == 0);
  const std::string inputs = tmp.with("x.csv", "a;b\n0,5;1\n1;2\n2;7\n"), targets = tmp.with("y.csv", "y\n3\n40\n7\n");
  const Words words{"--weights", tmp / "a/checkpoints/epoch-0001.safetensors", "--inputs", inputs, "--targets",
                    targets};
  Words ablation = words;
  ablation.insert(ablation.end(), {"--out", tmp / "b", "--quiet"});
  const Result r = run_program("ablation", ablation);
  CHECK(r.code == 0);
  CHECK(r.err == "");
}

TEST_CASE("a table for a network from elsewhere has the same options") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", table(number, 410));
  CHECK(train(csv, tmp / "a", {"--task", "classification", "--quiet"}).code == 0);
  const Words words{"--weights", tmp / "a/checkpoints/epoch-0001.safetensors", "--data", csv, "--rows", "50"};
  Words right = words, wrong = words;
  right.insert(right.end(), {"--task", "classification", "--out", tmp / "b"});
  wrong.insert(wrong.end(), {"--out", tmp / "c"});
  const Result r = run_program("ablation", right);
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.err, "note: " + csv + ": target 'y' is taken for 41 classes");
  const Result numbers = run_program("ablation", wrong);
  CHECK(numbers.code == 3);
  CHECK_CONTAINS(numbers.err, "--task classification takes its 41 values for classes");
}
