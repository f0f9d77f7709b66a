#include "experiments/shared/same_run.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace basin::experiments {

std::string experiment_of(const std::filesystem::path& run) {
  const std::string path = (run / "manifest.json").string();
  if (!std::filesystem::exists(path)) return "";
  const auto manifest = nlohmann::json::parse(read_file(path), nullptr, false);
  return manifest.is_object() && manifest.contains("experiment") && manifest["experiment"].is_string()
             ? manifest["experiment"].get<std::string>()
             : "";
}

Options options_of_run(Options declared, const std::filesystem::path& run) {
  const std::string config = (run / "config.toml").string();
  const std::array words{declared.program().c_str(), "--config", config.c_str()};
  declared.parse(int(words.size()), words.data());
  return declared;
}

void expect_same_data(const std::filesystem::path& run, const RunFacts& now) {
  const std::string path = (run / "manifest.json").string();
  const auto manifest = nlohmann::json::parse(read_file(path), nullptr, false);
  const auto hash = nlohmann::json::json_pointer("/data/hash");
  if (manifest.is_discarded() || !manifest.contains(hash) || !manifest[hash].is_string())
    throw DataError(path + ": not the manifest of a run: no data hash");
  if (const std::string then = manifest[hash]; then != now.data_hash)
    throw DataError(
        fmt::format("{}: the run was made with other data, hash {}; given '{}', hash {}; help: bring the "
                    "data back as they were, or train again with --out DIR",
                    path, excerpt(then), now.data, now.data_hash));
}

void expect_same_options(const Options& o, std::span<const char* const> keys) {
  const Options earlier = options_of_run(o, o.run_path());
  for (const char* key : keys)
    if (earlier.as_given(key) != o.as_given(key))
      throw DataError(
          fmt::format("{}: {} is {} in the run to be resumed; given {}; help: --resume takes the run's "
                      "own config.toml, leave --{} out; --out DIR starts another run",
                      (o.run_path() / "config.toml").string(), key, earlier.as_given(key), o.as_given(key), key));
}

}  // namespace basin::experiments
