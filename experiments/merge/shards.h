// The shards of a run, RUN/shards/I-of-N/, and whether they are all there and whole.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/cli/shard.h"

namespace basin::experiments {

struct FoundShard {
  Shard shard{};
  std::filesystem::path folder{};
  nlohmann::ordered_json manifest{};
  std::string config{};              // its config.toml without --threads, which changes no result
  std::vector<std::string> files{};  // that belong into the run, relative to the folder

  std::string experiment() const { return manifest.at("experiment"); }
};

// RUN/shards; DataError where it is no folder.
std::filesystem::path shards_in(const std::filesystem::path& run);

// All N, by number. DataError that names the shard: where one is missing, is not finished, has another N, experiment,
// version, configuration or data than the first, or a file that is missing, damaged, not its own or another's too.
std::vector<FoundShard> whole_shards(const std::filesystem::path& run);

}  // namespace basin::experiments
