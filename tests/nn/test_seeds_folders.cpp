// Several seeds into folders: each network's files are its own, whoever is trained beside it.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/data/toy_tasks.h"
#include "nn/train_seeds.h"
#include "nn/training_folder.h"
#include "tests/core/temp_folder.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
namespace fs = std::filesystem;

namespace {

const Split& classes() {
  static const Split data = split(parity_classes({.blocks = 2, .inputs = 2, .samples = 90}).data, 0.8, 1);
  return data;
}

const Split& regression() {
  static const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 60}).data, 0.8, 1);
  return data;
}

using Seeds = std::vector<std::uint64_t>;

Model model_of(const Split& data, std::int64_t width = 5) {
  return mlp({.widths = {data.train.inputs(), width, data.train.outputs()}}, loss_of(data.train));
}

struct Job {
  Split data = classes();
  std::int64_t epochs = 4, width = 5;
  int threads = 1;
  bool resume = false;
};

fs::path folder_of(const fs::path& run, std::uint64_t seed) { return run / ("seed-" + std::to_string(seed)); }

std::vector<RunMetrics> train(const fs::path& run, const Seeds& seeds, const Job& job) {
  std::vector<fs::path> folders;
  for (const std::uint64_t seed : seeds) folders.push_back(folder_of(run, seed));
  return train_seeds_in<float>(folders, seeds, model_of(job.data, job.width),
                               {.schedule = {.rate = 1e-2}, .epochs = job.epochs, .batch = 7}, job.data,
                               {.checkpoint_every = 3, .resume = job.resume}, job.threads);
}

void check_same(const fs::path& a, const fs::path& b) {
  for (const char* file : {"metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/epoch-0000.safetensors",
                           "checkpoints/epoch-0003.safetensors", "checkpoints/epoch-0004.safetensors"})
    CHECK_MESSAGE(read_file(a / file) == read_file(b / file), file);
}

}  // namespace

TEST_CASE("a network's files depend neither on threads nor on the company") {
  const TempFolder tmp;
  REQUIRE(lanes_pay(model_of(classes())));
  Seeds all(19);  // more than go side by side
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto metrics = train(tmp / "all", all, {});
  train(tmp / "threads", all, {.threads = 3});
  const auto two = train(tmp / "two", {18, 3}, {});
  for (const std::uint64_t seed : all) check_same(folder_of(tmp / "all", seed), folder_of(tmp / "threads", seed));
  for (const std::uint64_t seed : {3, 18}) check_same(folder_of(tmp / "all", seed), folder_of(tmp / "two", seed));
  CHECK(two[1].test.loss == metrics[3].test.loss);
  CHECK(two[0].train_loss == metrics[18].train_loss);
  CHECK(read_file(folder_of(tmp / "two", 3) / "metrics.jsonl") !=
        read_file(folder_of(tmp / "two", 18) / "metrics.jsonl"));
}

TEST_CASE("what lies in the folder is what training alone leaves, up to rounding") {
  for (const Split* data : {&classes(), &regression()}) {
    const TempFolder tmp;
    const auto all = train(tmp / "all", {2, 6}, {.data = *data});
    const TrainSpec spec{.schedule = {.rate = 1e-2}, .epochs = 4, .batch = 7, .seed = 6};
    const RunMetrics alone = train_in<float>(tmp / "alone", model_of(*data), spec, *data, {.checkpoint_every = 3});
    const auto lines = read_metrics(folder_of(tmp / "all", 6)), wanted = read_metrics(tmp / "alone");
    REQUIRE(lines.size() == wanted.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CHECK(lines[i].epoch == wanted[i].epoch);
      CHECK(lines[i].step == wanted[i].step);
      CHECK(lines[i].train_loss == doctest::Approx(wanted[i].train_loss).epsilon(1e-4));
      CHECK(lines[i].test.loss == doctest::Approx(wanted[i].test.loss).epsilon(1e-4));
      if (data == &classes()) CHECK(lines[i].test.accuracy == doctest::Approx(wanted[i].test.accuracy).epsilon(1e-6));
    }
    CHECK(std::isnan(all[1].test.accuracy) == std::isnan(alone.test.accuracy));
    CHECK(read_file(folder_of(tmp / "all", 6) / "checkpoints/epoch-0000.safetensors") ==
          read_file(tmp / "alone/checkpoints/epoch-0000.safetensors"));
    for (const char* file : {"epoch-0003", "epoch-0004", "last"})
      CHECK(fs::exists(folder_of(tmp / "all", 6) / "checkpoints" / (std::string(file) + ".safetensors")));
  }
}

TEST_CASE("seeds that are not as far as each other go on, each from where it is") {
  const TempFolder tmp;
  train(tmp / "whole", {0, 1, 2, 3}, {});
  train(tmp / "parts", {0, 2}, {.epochs = 2});
  train(tmp / "parts", {1}, {.epochs = 1});
  const auto metrics = train(tmp / "parts", {0, 1, 2, 3}, {.threads = 2, .resume = true});
  for (const std::uint64_t seed : {0, 1, 2, 3})
    check_same(folder_of(tmp / "parts", seed), folder_of(tmp / "whole", seed));
  CHECK(metrics[1].epoch == 4);
  const auto again = train(tmp / "parts", {0, 1, 2, 3}, {.resume = true});  // nothing is left to do
  CHECK(again[2].test.loss == metrics[2].test.loss);
}

TEST_CASE("networks for which lanes do not pay are trained one by one, as ever") {
  const TempFolder tmp;
  const Job wide{.width = 1500};
  REQUIRE_FALSE(lanes_pay(model_of(classes(), wide.width)));
  train(tmp / "all", {1, 2}, wide);
  const TrainSpec spec{.schedule = {.rate = 1e-2}, .epochs = 4, .batch = 7, .seed = 2};
  train_in<float>(tmp / "alone", model_of(classes(), wide.width), spec, classes(), {.checkpoint_every = 3});
  check_same(folder_of(tmp / "all", 2), tmp / "alone");
}

TEST_CASE("progress hears the steps of all, and without epochs the starts are measured") {
  const TempFolder tmp;
  std::vector<std::int64_t> heard;
  const TrainSpec spec{.epochs = 1, .batch = 24};
  const FolderSpec how{.progress = [&](std::int64_t steps, double) { heard.push_back(steps); }};
  train_seeds_in<double>({tmp / "a", tmp / "b"}, {1, 2}, model_of(classes()), spec, classes(), how, 1);
  CHECK(heard == std::vector<std::int64_t>{2, 4, 6});
  const auto start = train(tmp / "start", {1, 2}, {.epochs = 0});
  CHECK(start[0].epoch == 0);
  CHECK(std::isnan(start[0].train_loss));
  CHECK(start[0].test.loss != start[1].test.loss);
  CHECK_THROWS_AS(train_seeds_in<float>({tmp / "a"}, {1, 2}, model_of(classes()), spec, classes(), how, 1), UsageError);
}
