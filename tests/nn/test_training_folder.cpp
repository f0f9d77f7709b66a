// When training writes its state: by the clock, without a trace of the clock in what it leaves.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

#include "core/file.h"
#include "nn/data/registry.h"
#include "nn/network_folder.h"
#include "nn/training_folder.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::nn;
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

// 64-4-10 on the digits, in batches of 512.
RunMetrics train(const std::string& folder, std::int64_t epochs, std::int64_t every,
                 std::chrono::duration<double> between_saves, bool resume = false) {
  const Split data = load_data("digits", {});
  const TrainSpec spec{.optimizer = {.kind = OptimizerKind::adam}, .epochs = epochs, .batch = 512};
  return train_in<float>(folder, mlp({.widths = {64, 4, 10}}, Loss::cross_entropy), spec, data,
                         {.checkpoint_every = every, .resume = resume, .between_saves = between_saves});
}

std::int64_t syncs_of(const std::string& folder, std::int64_t epochs, std::int64_t every,
                      std::chrono::duration<double> between_saves) {
  const std::int64_t before = syncs;
  train(folder, epochs, every, between_saves);
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
  const std::int64_t few = syncs_of(tmp / "a", 10, 1000, std::chrono::seconds(10));
  const std::int64_t many = syncs_of(tmp / "b", 60, 1000, std::chrono::seconds(10));
  CHECK(few > 0);
  CHECK(many == few);
  CHECK(syncs_of(tmp / "c", 60, 10, never) == many + 5 * 2);  // five more checkpoints: file and folder
  CHECK(syncs_of(tmp / "d", 10, 1000, always) >= few + 10 * 4);
}

TEST_CASE("the last epoch's metrics are returned, also by a training that had ended, and its checkpoints by epoch") {
  const TempFolder tmp;
  const RunMetrics m = train(tmp / "a", 5, 2, never), again = train(tmp / "a", 5, 2, never, true);
  CHECK(m.epoch == 5);
  CHECK(read_metrics(tmp / "a").size() == 5);
  for (const RunMetrics& other : {again, read_metrics(tmp / "a").back()}) {
    CHECK(other.step == m.step);
    CHECK(other.train_loss == m.train_loss);
    CHECK(other.test.accuracy == m.test.accuracy);
  }
  std::vector<std::int64_t> epochs;
  for (const Checkpoint& c : checkpoints_of(tmp / "a")) epochs.push_back(c.epoch);
  CHECK(epochs == std::vector<std::int64_t>{0, 2, 4, 5});
  CHECK_THROWS_WITH_AS(checkpoints_of(tmp / "none"), doctest::Contains("no checkpoints"), DataError);
  CHECK(std::isnan(train(tmp / "b", 0, 2, never).train_loss));
}

TEST_CASE("how often the state was saved leaves no trace") {
  const TempFolder tmp;
  train(tmp / "a", 6, 2, never);
  train(tmp / "b", 6, 2, always);
  check_same_results(tmp / "a", tmp / "b");
}

TEST_CASE("after a crash metrics and checkpoints beyond the last state are made again, or are gone") {
  const TempFolder tmp;
  for (const std::int64_t epochs : {7, 5}) {
    const std::string crashed = tmp / ("crashed" + std::to_string(epochs)),
                      early = tmp / ("early" + std::to_string(epochs)),
                      whole = tmp / ("whole" + std::to_string(epochs));
    train(crashed, 6, 2, never);
    train(early, 3, 2, never);
    fs::copy_file(early + "/checkpoints/last.safetensors", crashed + "/checkpoints/last.safetensors",
                  fs::copy_options::overwrite_existing);
    tmp.with("tail", read_file(crashed + "/metrics.jsonl") + "{\"epoch\":7,\"st");  // a line that did not get out whole
    fs::copy_file(tmp / "tail", crashed + "/metrics.jsonl", fs::copy_options::overwrite_existing);
    train(crashed, epochs, 2, never, true);
    train(whole, epochs, 2, never);
    check_same_results(whole, crashed);
  }
}

TEST_CASE("a run that was killed before its first state starts again, to the same end") {
  const TempFolder tmp;
  train(tmp / "a", 6, 2, never);
  fs::remove(tmp / "a/checkpoints/last.safetensors");
  train(tmp / "a", 4, 2, never, true);
  train(tmp / "b", 4, 2, never);
  check_same_results(tmp / "b", tmp / "a");
}

TEST_CASE("log-spaced epochs are so many for each factor of 10") {
  const auto epochs = [](std::int64_t per_decade, std::int64_t end) {
    std::vector<std::int64_t> kept;
    for (std::int64_t e = 0; e <= end; ++e)
      if (is_log_spaced(e, per_decade)) kept.push_back(e);
    return kept;
  };
  CHECK(epochs(1, 1000) == std::vector<std::int64_t>{1, 10, 100, 1000});
  CHECK(epochs(4, 100) == std::vector<std::int64_t>{1, 2, 3, 6, 10, 18, 32, 56, 100});
  CHECK(epochs(10, 100000).size() == 51 - 3);  // 10^0.1, 10^0.3 and 10^0.5 round to what is there
}

TEST_CASE("any model trains in a folder, with metrics of its own and in as many lines as wanted") {
  const TempFolder tmp;
  const Split data = load_data("digits", {});
  const Model model = mlp({.widths = {64, 4, 10}}, Loss::cross_entropy);
  const auto run = [&](const std::string& name, std::int64_t epochs, bool resume) {
    const Measure<float> first_weight = [](const Trainer<float>& trainer) -> Measured {
      return {{"first_weight", trainer.parameters().flat()[0]}};
    };
    return train_measured<float>(tmp / name, model, {.epochs = epochs, .batch = 512}, inputs_of(data.train),
                                 first_weight, {.checkpoints_per_decade = 2, .metrics_every = 4, .resume = resume});
  };
  CHECK(run("a", 12, false) == 12);
  const std::string lines = read_file(tmp / "a/metrics.jsonl");
  CHECK(std::ranges::count(lines, '\n') == 3);
  CHECK(lines.find("\"epoch\":8,\"step\":24,\"train_loss\":") != lines.npos);
  CHECK(lines.find("\"first_weight\":") != lines.npos);
  CHECK(run("b", 8, false) == 8);
  CHECK(run("b", 12, true) == 12);
  fs::remove(tmp / "b/checkpoints/epoch-0008.safetensors");  // the end of the first part
  check_same_results(tmp / "a", tmp / "b");
  std::vector<std::int64_t> epochs;
  for (const Checkpoint& c : checkpoints_of(tmp / "a")) epochs.push_back(c.epoch);
  CHECK(epochs == std::vector<std::int64_t>{0, 1, 3, 10, 12});
}

TEST_CASE("metrics that miss what the state has seen are refused") {
  const TempFolder tmp;
  train(tmp / "a", 4, 2, never);
  const std::string whole = read_file(tmp / "a/metrics.jsonl");
  for (const std::string& damaged : {whole.substr(0, whole.size() / 2), "x" + whole}) {
    tmp.with("a/metrics.jsonl", damaged);
    CHECK_THROWS_WITH_AS(train(tmp / "a", 6, 2, never, true), doctest::Contains("wanted up to epoch 4"), DataError);
  }
}

TEST_CASE("the newest network is the last checkpoint, or the state if that has gone further") {
  const TempFolder tmp;
  train(tmp / "a", 4, 2, never);
  CHECK(newest_network(tmp / "a") == tmp / "a/checkpoints/epoch-0004.safetensors");
  fs::remove(tmp / "a/checkpoints/epoch-0004.safetensors");
  REQUIRE(checkpoints_of(tmp / "a").back().epoch == 2);
  CHECK(newest_network(tmp / "a") == last_state(tmp / "a"));
  fs::remove(last_state(tmp / "a"));
  CHECK(newest_network(tmp / "a") == tmp / "a/checkpoints/epoch-0002.safetensors");
  tmp.with("a/checkpoints/last.safetensors", "no");
  CHECK_THROWS_AS(newest_network(tmp / "a"), DataError);
  CHECK_THROWS_AS(newest_network(tmp / "none"), DataError);
}

TEST_CASE("metrics whose epochs are no numbers are refused, and cut where a run goes on") {
  const TempFolder tmp;
  tmp.with("metrics.jsonl", "{\"epoch\":1,\"step\":2}\n{\"epoch\":\"2\",\"step\":4}\n");
  CHECK_THROWS_WITH_AS(read_metrics(tmp.path()), doctest::Contains("epoch is nan in a line; wanted a whole number"),
                       DataError);
  NetworkFolder(tmp.path(), {.resume = true}).open(1);
  CHECK(read_metrics(tmp.path()).size() == 1);
  CHECK_THROWS_AS(NetworkFolder(tmp.path(), {.resume = true}).open(2), DataError);
}
