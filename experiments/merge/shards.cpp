#include "experiments/merge/shards.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/file.h"
#include "experiments/cli/run_directory.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const FoundShard& s, const std::string& what, const std::string& help) {
  throw DataError(fmt::format("shard {}: {}; help: {}", s.folder.string(), what, help));
}

constexpr const char* run_it_again = "run it again with the same command, it goes on where it is";

FoundShard read_shard(const fs::path& folder) {
  FoundShard s{.shard = shard_named(folder.filename().string()), .folder = folder};
  if (!fs::exists(folder / "manifest.json") || !fs::exists(folder / "config.toml"))
    refuse(s, "no manifest.json or config.toml, so it never began", run_it_again);
  s.manifest = Json::parse(read_file((folder / "manifest.json").string()), nullptr, false);
  for (const char* key : {"experiment", "status", "versions", "data"})
    if (!s.manifest.is_object() || !s.manifest.contains(key)) refuse(s, "manifest.json is damaged", run_it_again);
  if (s.manifest["status"] != "finished")
    refuse(s, fmt::format("not finished, its manifest says {}", s.manifest["status"].dump()), run_it_again);
  s.config = without_threads(read_file((folder / "config.toml").string()));
  return s;
}

void expect_like(const FoundShard& s, const FoundShard& first) {
  const std::string leave = fmt::format("it is none of this run: move it away, or run all shards again in one way");
  if (s.shard.count != first.shard.count) refuse(s, fmt::format("beside {}", first.shard.name()), leave);
  for (const char* key : {"/experiment", "/versions/basin", "/data"}) {
    const Json::json_pointer at(key);
    if (s.manifest.value(at, Json()) != first.manifest.value(at, Json()))
      refuse(s,
             fmt::format("{} is {}, and {} of shard {}", key + 1, s.manifest.value(at, Json()).dump(),
                         first.manifest.value(at, Json()).dump(), first.shard.name()),
             leave);
  }
  if (s.config != first.config) refuse(s, fmt::format("other options than shard {}", first.shard.name()), leave);
}

// Every file that the shard wrote is there as it was, and no other is.
void read_files(FoundShard& s) {
  if (!s.manifest.contains("files")) refuse(s, "manifest.json lists no files", run_it_again);
  std::vector<std::string> there = files_of_run(s.folder);
  for (const Json& file : s.manifest["files"]) {
    const std::string name = file.at("name");
    if (std::erase(there, name) == 0) refuse(s, name + " is missing", run_it_again);
    const std::string bytes = read_file((s.folder / name).string());
    if (std::int64_t(bytes.size()) != file.at("bytes") || fnv1a64_hex(bytes) != file.at("hash"))
      refuse(s, name + " is not as it was written", "remove it, and " + std::string(run_it_again));
    s.files.push_back(name);
  }
  if (!there.empty()) refuse(s, there.front() + " was not written by it", "move it away");
}

void expect_all(const std::vector<FoundShard>& all, const fs::path& run) {
  std::vector<std::int64_t> missing;
  for (std::int64_t i = 1; i <= all.front().shard.count; ++i)
    if (std::ranges::none_of(all, [&](const FoundShard& s) { return s.shard.number == i; })) missing.push_back(i);
  if (missing.empty()) return;
  if (missing.size() > 10) missing.resize(10);
  throw DataError(fmt::format("{}: of {} shards {} are there; missing: {}; help: run them, --shard {}/{}", run.string(),
                              all.front().shard.count, all.size(), fmt::join(missing, ", "), missing.front(),
                              all.front().shard.count));
}

void expect_no_doubles(const std::vector<FoundShard>& all) {
  std::map<std::string, const FoundShard*> owner;
  for (const FoundShard& s : all)
    for (const std::string& name : s.files)
      if (const auto [at, is_new] = owner.emplace(name, &s); !is_new)
        refuse(s, fmt::format("{} is in shard {} too", name, at->second->shard.name()), "move one of them away");
}

}  // namespace

fs::path shards_in(const fs::path& run) {
  const fs::path folder = run / "shards";
  if (!fs::is_directory(folder))
    throw DataError(fmt::format("{}: no folder shards; help: --shard I/N of an experiment makes it", run.string()));
  return folder;
}

std::vector<FoundShard> whole_shards(const fs::path& run) {
  const fs::path folder = shards_in(run);
  std::vector<FoundShard> all;
  for (const auto& entry : fs::directory_iterator(folder)) all.push_back(read_shard(entry.path()));
  if (all.empty())
    throw DataError(fmt::format("{}: empty; help: --shard I/N of an experiment fills it", folder.string()));
  std::ranges::sort(all, {}, [](const FoundShard& s) { return std::pair(s.shard.count, s.shard.number); });
  for (const FoundShard& s : all) expect_like(s, all.front());
  expect_all(all, run);
  for (FoundShard& s : all) read_files(s);
  expect_no_doubles(all);
  return all;
}

}  // namespace basin::experiments
