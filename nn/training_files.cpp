// What is read of a training's folder (nn/training_folder.h).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/file.h"
#include "nn/training_folder.h"

namespace basin::nn {
namespace {

namespace fs = std::filesystem;

constexpr double most_exact = 9007199254740992;  // 2^53

}  // namespace

std::string last_state(const fs::path& folder) { return (folder / "checkpoints/last.safetensors").string(); }

bool is_log_spaced(std::int64_t epoch, std::int64_t per_decade) {
  if (epoch < 1) return false;
  const double k = std::round(std::log10(double(epoch)) * double(per_decade));
  for (const double near : {k - 1, k, k + 1})
    if (std::int64_t(std::pow(10, near / double(per_decade)) + 0.5) == epoch && near >= 0) return true;
  return false;
}

std::vector<Checkpoint> kept_checkpoints(const fs::path& folder) {
  std::vector<Checkpoint> found;
  if (!fs::is_directory(folder / "checkpoints")) return found;
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints")) {
    long long epoch = 0;
    if (std::sscanf(entry.path().filename().c_str(), "epoch-%lld.safetensors", &epoch) == 1)
      found.push_back({epoch, entry.path().string()});
  }
  std::ranges::sort(found, {}, &Checkpoint::epoch);
  return found;
}

std::vector<Checkpoint> checkpoints_of(const fs::path& folder) {
  std::vector<Checkpoint> found = kept_checkpoints(folder);
  if (found.empty())
    throw DataError(folder.string() +
                    ": no checkpoints/epoch-*.safetensors; help: give the folder of a trained network");
  return found;
}

double MetricsLine::number(std::string_view name) const {
  const auto found = find(name);
  return found == end() ? std::nan("") : found->second;
}

std::int64_t MetricsLine::whole(std::string_view name) const {
  const double value = number(name);
  if (!(std::abs(value) <= most_exact && value == std::floor(value)))
    throw DataError(fmt::format("metrics.jsonl: {} is {} in a line; wanted a whole number", name, value));
  return std::int64_t(value);
}

std::vector<MetricsLine> read_metrics_lines(const fs::path& folder) {
  const std::string path = (folder / "metrics.jsonl").string();
  std::istringstream lines(read_file(path));
  std::vector<MetricsLine> all;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) throw DataError(fmt::format("{}: line {} is no JSON object", path, all.size() + 1));
    MetricsLine& numbers = all.emplace_back();
    for (const auto& [name, value] : json.items())
      if (value.is_number()) numbers[name] = value.get<double>();
  }
  if (all.empty()) throw DataError(path + ": no epochs; help: train for at least one");
  return all;
}

std::vector<RunMetrics> read_metrics(const fs::path& folder) {
  std::vector<RunMetrics> all;
  for (const MetricsLine& line : read_metrics_lines(folder))
    all.push_back({{.epoch = line.whole("epoch"),
                    .step = line.whole("step"),
                    .train_loss = line.number("train_loss"),
                    .learning_rate = line.number("learning_rate")},
                   {line.number("test_loss"), line.number("test_accuracy")}});
  return all;
}

}  // namespace basin::nn
