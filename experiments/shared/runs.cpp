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

std::vector<Checkpoint> checkpoints_of(const fs::path& run) {
  std::vector<Checkpoint> found;
  if (fs::is_directory(run / "checkpoints")) {
    for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {
      long long epoch = 0;
      if (std::sscanf(entry.path().filename().c_str(), "epoch-%lld.safetensors", &epoch) == 1)
        found.push_back({epoch, entry.path().string()});
    }
  }
  if (found.empty())
    throw DataError(run.string() + ": no checkpoints/epoch-*.safetensors; help: give the folder of a train_mlp run");
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.epoch < b.epoch; });
  return found;
}

nn::Split data_of(const fs::path& run) {
  const std::string config = (run / "config.toml").string();
  if (!fs::exists(config)) throw DataError(config + ": missing; help: give the folder of a train_mlp run");
  Options o("train_mlp", "");
  add_training_options(o);
  const std::array<const char*, 3> argv{"train_mlp", "--config", config.c_str()};
  o.parse(int(argv.size()), argv.data());
  return load_training_data(o);
}

std::vector<nn::EpochMetrics> read_metrics(const fs::path& run) {
  const std::string path = (run / "metrics.jsonl").string();
  std::istringstream lines(read_file(path));
  std::vector<nn::EpochMetrics> all;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) throw DataError(fmt::format("{}: line {} is no JSON object", path, all.size() + 1));
    const auto number = [&](const char* key) {
      const auto it = json.find(key);
      return it != json.end() && it->is_number() ? it->get<double>() : std::nan("");
    };
    all.push_back({.epoch = std::int64_t(number("epoch")),
                   .step = std::int64_t(number("step")),
                   .train_loss = number("train_loss"),
                   .test = {number("test_loss"), number("test_accuracy")},
                   .learning_rate = number("learning_rate")});
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
