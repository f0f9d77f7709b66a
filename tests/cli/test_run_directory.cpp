#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/version.h"
#include "experiments/cli/run_directory.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

Options with(const std::string& out, std::vector<std::string> more = {}, const std::string& program = "demo") {
  Options o(program, "x");
  o.add_int("epochs", 3, "h");
  std::vector<const char*> words = {"demo", "--out", out.c_str()};
  for (const std::string& word : more) words.push_back(word.c_str());
  o.parse(int(words.size()), words.data());
  return o;
}

nlohmann::json manifest(const std::string& out) { return nlohmann::json::parse(read_file(out + "/manifest.json")); }

template <class E>
std::string refusal(const Options& o) {
  try {
    RunDirectory run(o, {});
  } catch (const E& e) {
    return e.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("a run says in its manifest what was done, at the start and at the end") {
  TempFolder tmp;
  const std::string out = tmp / "a/b";
  {
    RunDirectory run(with(out, {"--seed", "7"}), {.blas = "kernel", .data = "digits", .data_hash = "abc"});
    CHECK(manifest(out)["status"] == "running");
    CHECK(manifest(out)["exit_code"].is_null());
    CHECK_FALSE(run.resumed());
    CHECK(run.metrics() == out + "/metrics.jsonl");
    CHECK_FALSE(fs::exists(out + "/figures"));
    CHECK(fs::is_directory(run.figures()));
    CHECK(run.finish(1) == 1);
  }
  auto m = manifest(out);
  CHECK(m["status"] == "finished");
  CHECK(m["exit_code"] == 1);
  CHECK(m["argv"][2] == out);
  CHECK(m["seed"] == 7);
  CHECK(m["data"]["name"] == "digits");
  CHECK(m["data"]["hash"] == "abc");
  CHECK(m["versions"]["blas"] == "kernel");
  CHECK(m["versions"]["basin"] == BASIN_VERSION);
  CHECK(m["wall_seconds"].get<double>() >= 0);
  CHECK(m["peak_memory_bytes"].get<std::int64_t>() > 1 << 20);
  CHECK(m["started"].get<std::string>().size() == 20);
  CHECK(read_file(out + "/config.toml").find("epochs = 3\n") != std::string::npos);
}

TEST_CASE("the manifest has the names of classes, where there are any") {
  TempFolder tmp;
  { RunDirectory(with(tmp / "a"), {.data = "flowers", .class_names = {"setosa", "\xE4"}}).finish(0); }
  CHECK(manifest(tmp / "a")["data"]["classes"] == nlohmann::json{"setosa", "\xEF\xBF\xBD"});
  { RunDirectory(with(tmp / "b"), {.data = "digits"}).finish(0); }
  CHECK_FALSE(manifest(tmp / "b")["data"].contains("classes"));
}

TEST_CASE("nothing is overwritten without force") {
  TempFolder tmp;
  { RunDirectory(with(tmp.path()), {}).finish(0); }  // an empty folder may be used
  const std::string before = read_file(tmp / "manifest.json");
  const std::string text = refusal<UsageError>(with(tmp.path()));
  for (const char* part : {"already holds something", "--force", "--resume", "--out"})
    CHECK(text.find(part) != std::string::npos);
  CHECK(read_file(tmp / "manifest.json") == before);
  CHECK(refusal<StorageError>(with(tmp.with("file", ""))).find("is no folder") != std::string::npos);
}

TEST_CASE("what a refusal recommends can be done") {
  TempFolder runs, other;
  { RunDirectory(with(runs.path()), {}).finish(0); }
  Options o("demo", "x");
  const std::string out = runs.path();
  const std::vector<const char*> words = {"demo", "--out", out.c_str()};
  o.without("resume").parse(int(words.size()), words.data());
  CHECK(refusal<UsageError>(o).ends_with("; help: --force replaces the run there, --out DIR writes elsewhere"));
  other.with("thesis.tex", "");
  CHECK(refusal<UsageError>(with(other.path())).ends_with("is overwritten; help: --out DIR writes elsewhere"));
}

TEST_CASE("force removes what a run made and nothing else") {
  TempFolder tmp;
  {
    RunDirectory run(with(tmp.path()), {});
    write_atomically(run.metrics(), "{}\n");
    write_atomically(run.checkpoints() + "/last.safetensors", "x");
    run.finish(0);
  }
  tmp.with("notes.txt", "mine");
  RunDirectory run(with(tmp.path(), {"--force"}), {});
  CHECK_FALSE(fs::exists(run.metrics()));
  CHECK_FALSE(fs::exists(tmp / "checkpoints"));
  CHECK(read_file(tmp / "notes.txt") == "mine");
}

TEST_CASE("force leaves the run of another process inside the folder alone, but not that of a dead one") {
  TempFolder tmp;
  { RunDirectory(with(tmp / "a"), {}).finish(0); }
  { RunDirectory(with(tmp / "a/experiments/part"), {}).finish(0); }
  {
    const RunLock part(tmp / "a/experiments/part", "other");
    CHECK(refusal<UsageError>(with(tmp / "a", {"--force"})).find("a/experiments/part is in use by process ") !=
          std::string::npos);
    CHECK(fs::exists(tmp / "a/experiments/part/manifest.json"));
    CHECK(fs::exists(tmp / "a/manifest.json"));
    CHECK_FALSE(fs::exists(tmp / "a/.lock"));
  }
  tmp.with("a/experiments/part/.lock", "process 1 on elsewhere");
  { RunDirectory(with(tmp / "a", {"--force"}), {}).finish(0); }
  CHECK_FALSE(fs::exists(tmp / "a/experiments"));
}

TEST_CASE("force leaves a folder alone that no run made") {
  TempFolder tmp;
  tmp.with("report.html", "mine");
  CHECK(refusal<UsageError>(with(tmp.path(), {"--force"})).find("no run made them") != std::string::npos);
  CHECK(read_file(tmp / "report.html") == "mine");
}

TEST_CASE("a resumed run keeps its files, its start and its time") {
  TempFolder tmp;
  { RunDirectory(with(tmp.path()), {}).finish(130); }
  auto first = manifest(tmp.path());
  first["started"] = "2001-01-01T00:00:00Z";
  first["wall_seconds"] = 1000.0;
  tmp.with("manifest.json", first.dump());
  tmp.with("metrics.jsonl", "{}\n");
  {
    RunDirectory run(with(tmp.path(), {"--resume"}), {});
    CHECK(run.resumed());
    run.finish(0);
  }
  auto m = manifest(tmp.path());
  CHECK(m["resumes"] == 1);
  CHECK(m["started"] == "2001-01-01T00:00:00Z");
  CHECK(m["wall_seconds"].get<double>() >= 1000.0);
  CHECK(read_file(tmp / "metrics.jsonl") == "{}\n");
}

TEST_CASE("only a run of the same experiment can be resumed") {
  TempFolder tmp;
  CHECK(refusal<UsageError>(with(tmp / "none", {"--resume"})).find("there is no run in") != std::string::npos);
  CHECK_FALSE(fs::exists(tmp / "none"));
  { RunDirectory(with(tmp.path(), {}, "other"), {}).finish(0); }
  CHECK(refusal<UsageError>(with(tmp.path(), {"--resume"})).find("a run of 'other', not of demo") != std::string::npos);
  CHECK(refusal<UsageError>(with(tmp.path(), {"--resume", "--force"})).find("not both") != std::string::npos);
  tmp.with("manifest.json", "{\"experiment\": 3");
  CHECK(refusal<DataError>(with(tmp.path(), {"--resume"})).find("not the manifest of a run") != std::string::npos);
}

TEST_CASE("a run that ends early is marked failed or interrupted") {
  TempFolder tmp;
  { RunDirectory run(with(tmp / "f"), {}); }
  CHECK(manifest(tmp / "f")["status"] == "failed");
  CHECK(manifest(tmp / "f")["exit_code"].is_null());
  watch_interrupts();
  std::raise(SIGTERM);
  { RunDirectory run(with(tmp / "i"), {}); }
  watch_interrupts();
  CHECK(manifest(tmp / "i")["status"] == "interrupted");
  CHECK(manifest(tmp / "i")["exit_code"] == 130);
}

TEST_CASE("what a killed process had not finished writing is no file of the run that goes on") {
  TempFolder tmp;
  const std::string out = tmp / "a", left = out + "/checkpoints/.basin-4711-0.tmp", own = out + "/notes.tmp";
  { RunDirectory(with(out), {}).checkpoints(); }
  fs::create_directories(out + "/experiments/b");
  for (const std::string& file : {left, own, out + "/experiments/b/.lock", out + "/experiments/b/.basin-4712-3.tmp"})
    write_atomically(file, "half");
  { RunDirectory run(with(out, {"--resume"}), {}); }
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(own));
  CHECK(fs::exists(out + "/experiments/b/.basin-4712-3.tmp"));  // another process may be writing it
}

TEST_CASE("a run that was killed at its first file begins again in its folder") {
  TempFolder tmp;
  fs::create_directories(tmp / "a");
  for (const char* file : {"a/.lock", "a/.basin-4711-0.tmp"}) write_atomically(tmp / file, "half");
  { RunDirectory run(with(tmp / "a"), {}); }
  CHECK_FALSE(fs::exists(tmp / "a/.basin-4711-0.tmp"));
  CHECK(fs::exists(tmp / "a/manifest.json"));
}

TEST_CASE("a run that was killed before it had its config is not resumed with another") {
  TempFolder tmp;
  { RunDirectory run(with(tmp / "a"), {}); }
  fs::remove(tmp / "a/config.toml");
  CHECK(refusal<UsageError>(with(tmp / "a", {"--resume"})).find("no config.toml; help: --force") != std::string::npos);
  CHECK(manifest(tmp / "a")["resumes"] == 0);
}
