#include "experiments/shared/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/file.h"
#include "experiments/shared/training_run.h"

namespace basin::experiments {

namespace fs = std::filesystem;

std::vector<Checkpoint> checkpoints_in(const fs::path& run) {
  std::vector<Checkpoint> found;
  if (fs::is_directory(run / "checkpoints")) {
    for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {
      long long epoch = 0;
      if (std::sscanf(entry.path().filename().c_str(), "epoch-%lld.safetensors", &epoch) == 1)
        found.push_back({epoch, entry.path().string()});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.epoch < b.epoch; });
  return found;
}

std::vector<Checkpoint> checkpoints_of(const fs::path& run) {
  std::vector<Checkpoint> found = checkpoints_in(run);
  if (found.empty())
    throw DataError(run.string() + ": no checkpoints/epoch-*.safetensors; help: give the folder of a train_mlp run");
  return found;
}

void expect_same_data(const fs::path& run, const nn::Split& data) {
  const std::string path = (run / "manifest.json").string();
  const auto manifest = nlohmann::json::parse(read_file(path), nullptr, false);
  const auto hash = nlohmann::json::json_pointer("/data/hash");
  if (manifest.is_discarded() || !manifest.contains(hash) || !manifest[hash].is_string())
    throw DataError(path + ": not the manifest of a run: no data hash");
  const std::string then = manifest[hash], now = run_facts(data).data_hash;
  if (then != now)
    throw DataError(
        fmt::format("{}: the run was made with other data, hash {}; given '{}', hash {}; help: bring the "
                    "data back as they were, or train again with --out DIR",
                    path, then, data.train.source, now));
}

nn::Split data_of(const fs::path& run) {
  const std::string config = (run / "config.toml").string();
  if (!fs::exists(config)) throw DataError(config + ": missing; help: give the folder of a train_mlp run");
  Options o("train_mlp", "");
  add_training_options(o);
  add_measuring_options(o);  // keys of a run of reproduce
  const std::array<const char*, 3> argv{"train_mlp", "--config", config.c_str()};
  o.parse(int(argv.size()), argv.data());
  nn::Split data = load_training_data(o);
  expect_same_data(run, data);
  return data;
}

std::vector<RunMetrics> read_metrics(const fs::path& run) {
  const std::string path = (run / "metrics.jsonl").string();
  std::istringstream lines(read_file(path));
  std::vector<RunMetrics> all;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) throw DataError(fmt::format("{}: line {} is no JSON object", path, all.size() + 1));
    const auto number = [&](const char* key) {
      const auto it = json.find(key);
      return it != json.end() && it->is_number() ? it->get<double>() : std::nan("");
    };
    all.push_back({{.epoch = std::int64_t(number("epoch")),
                    .step = std::int64_t(number("step")),
                    .train_loss = number("train_loss"),
                    .learning_rate = number("learning_rate")},
                   {number("test_loss"), number("test_accuracy")}});
  }
  if (all.empty()) throw DataError(path + ": no epochs; help: train for at least one");
  return all;
}

Matrix analysis_inputs(const nn::Dataset& data, std::int64_t rows) {
  const std::int64_t n = std::min(rows, data.size()), d = data.inputs();
  Matrix x(Shape{n, d});
  std::copy_n(data.x.data.begin(), n * d, x.data.begin());
  return x;
}

}  // namespace basin::experiments
