#include "nn/network_folder.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/file.h"
#include "core/team.h"

namespace basin::nn {
namespace {

namespace fs = std::filesystem;

// A crash leaves checkpoints of epochs that the state to resume from has not seen.
void remove_later_checkpoints(const fs::path& folder, std::int64_t epoch) {
  first_only([&] {
    for (const Checkpoint& c : kept_checkpoints(folder))
      if (c.epoch > epoch) fs::remove(c.path);
  });
}

// Beyond all epochs if the line is not whole.
std::int64_t epoch_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const auto epoch = json.find("epoch");
  return epoch != json.end() && epoch->is_number_integer() ? epoch->get<std::int64_t>() : INT64_MAX;
}

// How many lines are of the epochs done: behind them a crash may have left more, the last one not whole.
std::int64_t lines_done(const std::string& path, std::int64_t epochs_done, std::int64_t every) {
  std::istringstream lines(read_file(path));
  std::int64_t count = 0, last = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::int64_t epoch = epoch_of(line);
    if (epoch > epochs_done) break;
    last = epoch;
  }
  if (const std::int64_t wanted = epochs_done - epochs_done % every; last < wanted)
    throw DataError(fmt::format("{}: whole lines up to epoch {}, wanted up to epoch {}, which the state has seen", path,
                                last, wanted));
  return count;
}

}  // namespace

NetworkFolder::NetworkFolder(fs::path folder, const FolderSpec& how) : folder_(std::move(folder)), how_(how) {
  make_folders(folder_ / "checkpoints");
}

bool NetworkFolder::goes_on() const { return how_.resume && fs::exists(state()); }

std::string NetworkFolder::network(std::int64_t epoch) const {
  return (folder_ / fmt::format("checkpoints/epoch-{:04}.safetensors", epoch)).string();
}

void NetworkFolder::open(std::int64_t epochs_done) {
  remove_later_checkpoints(folder_, epochs_done);
  const std::string path = (folder_ / "metrics.jsonl").string();
  const bool append = how_.resume && fs::exists(path);
  if (append) keep_json_lines(path, lines_done(path, epochs_done, how_.metrics_every));
  metrics_.emplace(path, append);
}

void NetworkFolder::write(const EpochMetrics& m, const Measured& measured) {
  std::vector<std::pair<std::string, JsonValue>> fields{
      {"epoch", m.epoch}, {"step", m.step}, {"train_loss", m.train_loss}};
  for (const auto& [name, value] : measured) fields.emplace_back(name, value);
  fields.emplace_back("learning_rate", m.learning_rate);
  metrics_->write(fields);
}

bool is_kept(std::int64_t epoch, const FolderSpec& how) {
  return how.checkpoints_per_decade > 0 ? is_log_spaced(epoch, how.checkpoints_per_decade)
                                        : epoch % how.checkpoint_every == 0;
}

}  // namespace basin::nn
