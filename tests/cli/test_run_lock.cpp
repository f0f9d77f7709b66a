#include "experiments/cli/run_lock.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.h"
#include "tests/experiments/process.h"

using namespace basin;
using experiments::RunLock;
namespace fs = std::filesystem;

namespace {

Result train(const std::string& out, const std::vector<std::string>& more) {
  return run_program("train_mlp", with_options({"--out", out, "--quiet", "--widths", "8", "--epochs", "1"}, more));
}

// A train_mlp that goes on until it is stopped, and has written its first metrics.
std::unique_ptr<Process> endless_run(const std::string& out) {
  auto process = std::make_unique<Process>(
      "train_mlp", std::vector<std::string>{"--out", out, "--quiet", "--widths", "8", "--epochs", "1000000"});
  const std::string metrics = out + "/metrics.jsonl";
  for (int i = 0; i < 4000 && (!fs::exists(metrics) || fs::file_size(metrics) == 0); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return process;
}

std::string refusal(const fs::path& folder) {
  try {
    RunLock lock(folder, "second");
  } catch (const UsageError& e) {
    return e.what();
  }
  return "not refused";
}

}  // namespace

TEST_CASE("a folder is locked once at a time, the holder is named, and nothing is left") {
  const TempFolder tmp;
  {
    const RunLock first(tmp.path(), "first");
    CHECK_CONTAINS(refusal(tmp.path()), tmp.path() + " is in use by process " + std::to_string(getpid()) + " on ");
    CHECK_CONTAINS(refusal(tmp.path()), "(first); help: wait until it has ended or stop it; --out DIR writes");
  }
  CHECK(tmp.n_files() == 0);
  CHECK(refusal(tmp.path()) == "not refused");
}

TEST_CASE("a lock moves with its object and is freed once") {
  const TempFolder tmp;
  RunLock moved;
  {
    RunLock first(tmp.path(), "first");
    moved = std::move(first);
  }
  CHECK(refusal(tmp.path()) != "not refused");
  moved = RunLock();
  CHECK(refusal(tmp.path()) == "not refused");
}

TEST_CASE("the file of a dead process is taken over, whatever it says") {
  const TempFolder tmp;
  tmp.with(RunLock::file_name, "process 1 on elsewhere (train_mlp), and some more text that is longer");
  const RunLock lock(tmp.path(), "next");
  const std::string text = read_file(tmp / RunLock::file_name);
  CHECK(text.starts_with("process " + std::to_string(getpid()) + " on "));
  CHECK(text.ends_with(" (next)"));
}

TEST_CASE("while a process writes into a folder no other does, with no option, --force or --resume") {
  const TempFolder tmp;
  const std::string out = tmp / "a";
  const auto first = endless_run(out);
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{}, {"--force"}, {"--resume"}, {"--force", "--epochs", "2"}}) {
    const Result second = train(out, options);
    CHECK(second.code == 2);
    CHECK_CONTAINS(second.err, "is in use by process " + std::to_string(first->id()) + " on ");
  }
  first->signal(SIGINT);
  CHECK(first->wait().code == 130);
  for (const char* file : {"manifest.json", "config.toml", "metrics.jsonl", "checkpoints/epoch-0000.safetensors",
                           "checkpoints/last.safetensors"})
    CHECK_MESSAGE(fs::exists(out + "/" + file), file);
  CHECK(nlohmann::json::parse(read_file(out + "/manifest.json"))["status"] == "interrupted");
  CHECK_FALSE(fs::exists(out + "/.lock"));
}

TEST_CASE("the folder of a process that was killed can be replaced and resumed") {
  const TempFolder tmp;
  for (const char* option : {"--force", "--resume"}) {
    const std::string out = tmp / option;
    const auto killed = endless_run(out);
    killed->signal(SIGKILL);
    CHECK(killed->wait().code == 128 + SIGKILL);
    CHECK(fs::exists(out + "/.lock"));
    const Result next = train(out, {option});
    CHECK_MESSAGE(next.code == 0, next.err);
    CHECK_FALSE(fs::exists(out + "/.lock"));
  }
}

TEST_CASE("of many processes that start in one folder at once, one runs") {
  const TempFolder tmp;
  const std::string out = tmp / "a";
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(std::make_unique<Process>(
        "train_mlp", std::vector<std::string>{"--out", out, "--quiet", "--widths", "8", "--epochs", "2"}));
  int ran = 0;
  for (const auto& process : all) {
    const Result r = process->wait();
    ran += r.code == 0;
    CHECK((r.code == 0 || r.code == 2));
    if (r.code == 2) CHECK((contains(r.err, "is in use by") || contains(r.err, "already holds something")));
  }
  CHECK(ran == 1);
  CHECK(fs::exists(out + "/checkpoints/last.safetensors"));
}
