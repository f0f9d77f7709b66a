// When training writes its state: by the clock, without a trace of the clock in what it leaves.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "core/json_lines.h"
#include "experiments/shared/training_run.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {
std::atomic<std::int64_t> syncs = 0;
}
// In place of the C library's: the only way to count the waits for the disk.
extern "C" int fsync(int fd) {
  ++syncs;
  return int(syscall(SYS_fsync, fd));
}

namespace {

constexpr std::chrono::duration<double> never = std::chrono::hours(1), always = std::chrono::seconds(0);

Options options(const std::string& out, std::int64_t epochs, std::int64_t every, const std::string& more = "--quiet") {
  Options o("train_mlp", "x");
  add_training_options(o);
  const std::string e = std::to_string(epochs), k = std::to_string(every);
  const std::vector<const char*> words{"train_mlp", "--out",   out.c_str(), "--epochs", e.c_str(),
                                       "--widths",  "4",       "--batch",   "512",      "--checkpoint-every",
                                       k.c_str(),   "--quiet", more.c_str()};
  o.parse(int(words.size()), words.data());
  return o;
}

void train(const Options& o, std::chrono::duration<double> between_saves) {
  const nn::Split data = load_training_data(o);
  RunDirectory run(o, run_facts(data));
  run_training(o, data, run, between_saves);
  run.finish(0);
}

std::int64_t syncs_of(const Options& o, std::chrono::duration<double> between_saves) {
  const std::int64_t before = syncs;
  train(o, between_saves);
  return syncs - before;
}

void check_same_results(const std::string& a, const std::string& b) {
  CHECK(read_file(a + "/metrics.jsonl") == read_file(b + "/metrics.jsonl"));
  const auto names = [](const std::string& run) {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(run + "/checkpoints")) all.push_back(entry.path().filename());
    std::ranges::sort(all);
    return all;
  };
  REQUIRE(names(a) == names(b));
  for (const std::string& name : names(a))
    CHECK(read_file(a + "/checkpoints/" + name) == read_file(b + "/checkpoints/" + name));
}

}  // namespace

TEST_CASE("training waits for the disk by the clock and by schedule, not in every epoch") {
  const TempFolder tmp;
  const std::int64_t few = syncs_of(options(tmp / "a", 10, 1000), std::chrono::seconds(10));
  const std::int64_t many = syncs_of(options(tmp / "b", 60, 1000), std::chrono::seconds(10));
  CHECK(few > 0);
  CHECK(many == few);
  CHECK(syncs_of(options(tmp / "c", 60, 10), never) == many + 5 * 2);  // five more checkpoints: file and folder
  CHECK(syncs_of(options(tmp / "d", 10, 1000), always) >= few + 10 * 4);
}

TEST_CASE("how often the state was saved leaves no trace") {
  const TempFolder tmp;
  train(options(tmp / "a", 6, 2), never);
  train(options(tmp / "b", 6, 2), always);
  check_same_results(tmp / "a", tmp / "b");
}

TEST_CASE("after a crash metrics and checkpoints beyond the last state are made again, or are gone") {
  const TempFolder tmp;
  for (const std::int64_t epochs : {7, 5}) {
    const std::string crashed = tmp / ("crashed" + std::to_string(epochs)),
                      early = tmp / ("early" + std::to_string(epochs)),
                      whole = tmp / ("whole" + std::to_string(epochs));
    train(options(crashed, 6, 2), never);
    train(options(early, 3, 2), never);
    fs::copy_file(early + "/checkpoints/last.safetensors", crashed + "/checkpoints/last.safetensors",
                  fs::copy_options::overwrite_existing);
    tmp.with("tail", read_file(crashed + "/metrics.jsonl") + "{\"epoch\":7,\"st");  // a line that did not get out whole
    fs::copy_file(tmp / "tail", crashed + "/metrics.jsonl", fs::copy_options::overwrite_existing);
    train(options(crashed, epochs, 2, "--resume"), never);
    train(options(whole, epochs, 2), never);
    check_same_results(whole, crashed);
  }
}

TEST_CASE("a run that was killed before its first state starts again, to the same end") {
  const TempFolder tmp;
  train(options(tmp / "a", 6, 2), never);
  fs::remove(tmp / "a/checkpoints/last.safetensors");
  train(options(tmp / "a", 4, 2, "--resume"), never);
  train(options(tmp / "b", 4, 2), never);
  check_same_results(tmp / "b", tmp / "a");
}
