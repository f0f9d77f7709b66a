#include "experiments/cli/run_directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/pending_file.h"
#include "core/team.h"
#include "core/version.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/exit_codes.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

constexpr std::array own_files = {"config.toml",  "metrics.jsonl", "results.json", "claims.json",
                                  "timings.json", "modules.json",  "graph.json",   "graph.graphml",
                                  "graph.dot",    "report.html",   "checkpoints",  "arrays",
                                  "figures",      "experiments",   "networks",     "network.safetensors",
                                  "items",        "shards",        "manifest.json"};

#ifdef __clang__
constexpr const char* compiler = "clang++ " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

// Whether a folder holds anything but a lock and what a killed process left. StorageError when it is no folder.
bool is_occupied(const fs::path& path) {
  if (!fs::exists(path)) return false;
  if (!fs::is_directory(path))
    throw StorageError(fmt::format("--out: {} exists and is no folder; help: name a folder", path.string()));
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename() != RunLock::file_name && !is_temporary(entry)) return true;
  return false;
}

// So that who merges shards can tell whether all is there.
nlohmann::ordered_json hashed_files(const fs::path& run) {
  auto list = nlohmann::ordered_json::array();
  for (const std::string& name : files_of_run(run)) {
    const std::string bytes = read_file((run / name).string());
    list.push_back({{"name", name}, {"bytes", bytes.size()}, {"hash", fnv1a64_hex(bytes)}});
  }
  return list;
}

// What a process left that was killed while it wrote. Runs inside that have a lock of their own do it themselves.
void remove_unfinished(const fs::path& folder) {
  std::vector<fs::path> unfinished;
  for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
    if (is_temporary(*at)) unfinished.push_back(*at);
    if (at->is_directory() && fs::exists(at->path() / RunLock::file_name)) at.disable_recursion_pending();
  }
  for (const fs::path& file : unfinished) fs::remove(file);
}

}  // namespace

std::string without_threads(const std::string& config) {
  const std::size_t at = config.find("\nthreads = ");
  return at == config.npos ? config : config.substr(0, at) + config.substr(config.find('\n', at + 1));
}

std::vector<std::string> files_of_run(const fs::path& run) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string name = entry.path().lexically_relative(run).string();
    if (is_temporary(entry.path())) continue;  // of a process that was killed
    if (entry.is_directory() || name == "manifest.json" || name == "config.toml" || name == RunLock::file_name)
      continue;
    files.push_back(name);
  }
  std::ranges::sort(files);
  return files;
}

RunDirectory::RunDirectory(const Options& options, RunFacts facts)
    : path_(options.run_path()),
      shard_(options.shard()),
      experiment_(options.program()),
      started_(utc_now()),
      argv_(options.argv()),
      seed_(options.has("seed") ? options.integer("seed") : 0),
      can_resume_(options.has("resume")),
      facts_(std::move(facts)),
      start_(std::chrono::steady_clock::now()) {
  if (options.flag("estimate"))
    throw std::logic_error(experiment_ +
                           " runs before it has said what it costs; help: say_cost (experiments/cli/cost.h)");
  identity_ = fmt::format("{} {} {} {}", BASIN_VERSION, facts_.data, facts_.data_hash, options.command());
  try {
    prepare(options.has("force") && options.flag("force"), options.has("resume") && options.flag("resume"));
  } catch (const fs::filesystem_error& e) {
    throw StorageError(
        fmt::format("--out: {}: {}; help: name a folder that you may write to", path_.string(), e.code().message()));
  }
  if (resumed() && shard_.is_part()) expect_same_shard(options);
  write_manifest("running", std::nullopt);
  write_atomically(file("config.toml"), options.resolved_toml());
}

RunDirectory::~RunDirectory() {
  if (finished_) return;
  try {
    interrupted() ? write_manifest("interrupted", exit_when_interrupted()) : write_manifest("failed", std::nullopt);
  } catch (const std::exception&) {  // the error that ended the run is on its way already
  }
}

void RunDirectory::prepare(bool force, bool resume) {
  if (force && resume) throw UsageError("--force and --resume: a run is replaced or resumed, not both");
  if (resume) {
    expect_earlier();
    first_only([&] {
      lock_ = RunLock(path_, experiment_);
      remove_unfinished(path_);
    });
    return read_earlier();
  }
  first_only([&] { take_place(force); });
}

void RunDirectory::take_place(bool force) {
  if (!fs::exists(path_ / RunLock::file_name)) refuse_occupied(force);  // before anything is written there
  make_folders(path_);
  lock_ = RunLock(path_, experiment_);
  refuse_occupied(force);  // another process may have been quicker
  remove_unfinished(path_);
  if (!is_occupied(path_)) return;
  refuse_runs_inside();
  remove_earlier();
}

// Of other experiments, by other processes.
void RunDirectory::refuse_runs_inside() const {
  std::vector<fs::path> locked;
  if (fs::is_directory(path_ / "experiments"))
    for (const auto& entry : fs::recursive_directory_iterator(path_ / "experiments"))
      if (entry.path().filename() == RunLock::file_name) locked.push_back(entry.path().parent_path());
  for (const fs::path& folder : locked) RunLock(folder, experiment_);
}

void RunDirectory::refuse_occupied(bool force) const {
  if (!is_occupied(path_)) return;
  const bool has_run = fs::exists(path_ / "manifest.json");
  if (!force)
    throw UsageError(fmt::format(
        "{} already holds something, and nothing is overwritten; help: {}{}--out DIR writes elsewhere", path_.string(),
        has_run ? "--force replaces the run there, " : "", has_run && can_resume_ ? "--resume goes on with it, " : ""));
  if (!has_run)
    throw UsageError(
        fmt::format("--force: {} holds files but no manifest.json, so no run made them; nothing was removed"
                    "; help: --out DIR writes elsewhere",
                    path_.string()));
}

void RunDirectory::expect_earlier() const {
  if (!fs::exists(path_ / "manifest.json"))
    throw UsageError(
        fmt::format("--resume: there is no run in {}; help: leave --resume out to start one, or name the "
                    "run with --out DIR",
                    path_.string()));
  if (!fs::exists(path_ / "config.toml"))  // its process was killed in between
    throw UsageError(fmt::format(
        "--resume: the run in {} has no config.toml; help: --force with its options starts it again", path_.string()));
}

void RunDirectory::expect_same_shard(const Options& options) const {
  if (without_threads(read_file(file("config.toml"))) == without_threads(options.resolved_toml())) return;
  throw DataError(
      fmt::format("{}: the shard was begun with other options than these; help: give it the same, or --force, which "
                  "starts it again",
                  file("config.toml")));
}

void RunDirectory::read_earlier() {
  const auto earlier = nlohmann::json::parse(read_file(file("manifest.json")), nullptr, false);
  const auto field = [&](const char* name, bool (nlohmann::json::*fits)() const noexcept) -> const nlohmann::json& {
    const auto found = earlier.find(name);
    if (found == earlier.end() || !((*found).*fits)())
      throw DataError(
          fmt::format("{}: not the manifest of a run: {} is missing or of another kind; help: --force "
                      "replaces the run",
                      file("manifest.json"), name));
    return *found;
  };
  if (const std::string other = field("experiment", &nlohmann::json::is_string); other != experiment_)
    throw UsageError(
        fmt::format("--resume: {} holds a run of {}, not of {}", path_.string(), excerpt(other), experiment_));
  started_ = field("started", &nlohmann::json::is_string);
  earlier_seconds_ = field("wall_seconds", &nlohmann::json::is_number);
  resumes_ = std::int64_t(field("resumes", &nlohmann::json::is_number_unsigned).get<std::uint32_t>()) + 1;
  if (earlier.contains("shards")) shards_ = earlier.at("shards").dump();
}

// The manifest goes last: whatever interrupts this, the folder is still known as a run.
void RunDirectory::remove_earlier() const {
  for (const char* name : own_files) fs::remove_all(path_ / name);
}

std::string RunDirectory::folder(const char* name) const {
  make_folders(path_ / name);
  return file(name);
}

void RunDirectory::resumable(const std::function<void()>& work) const {
  try {
    work();
  } catch (const Interrupted& e) {
    if (!shard_.is_part())
      throw Interrupted(fmt::format("{}; help: {} --resume --out {}", e.what(), as_typed(experiment_), path_.string()));
    const std::string text = fmt::format("{}; help: the same command goes on with shard {}", e.what(), shard_.name());
    if (exit_when_interrupted() == exit_again) throw Again(text);
    throw Interrupted(text);
  }
}

int RunDirectory::exit_when_interrupted() const {
  return shard_.is_part() && interrupting_signal() != SIGINT ? exit_again : exit_interrupted;
}

void RunDirectory::end_shard() {
  if (!shard_.is_part()) return;
  if (shard_.from_array && files_of_run(path_).empty())
    throw UsageError(
        fmt::format("shard {} by the Slurm job array has nothing to do: there are fewer items than tasks; help: "
                    "--shard 1/1 computes all of them in each task",
                    shard_.name()));
  finish(exit_ok);
  throw ShardDone(fmt::format("shard {} is done: {}; when all {} are, `{} {}` makes one run of them", shard_.name(),
                              path_.string(), shard_.count, as_typed("merge"),
                              path_.parent_path().parent_path().string()));
}

int RunDirectory::finish(int exit_code) {
  write_manifest("finished", exit_code);
  finished_ = true;
  return exit_code;
}

void RunDirectory::write_manifest(const std::string& status, std::optional<int> exit_code) const {
  nlohmann::ordered_json m;
  m["experiment"] = experiment_;
  m["status"] = status;
  m["exit_code"] = exit_code ? nlohmann::ordered_json(*exit_code) : nlohmann::ordered_json();
  m["argv"] = argv_;
  m["seed"] = seed_;
  m["data"] = {{"name", facts_.data}, {"hash", facts_.data_hash}};
  if (!facts_.class_names.empty()) m["data"]["classes"] = facts_.class_names;
  m["versions"] = {{"basin", BASIN_VERSION}, {"compiler", compiler}, {"blas", facts_.blas}};
  m["started"] = started_;
  m["written"] = utc_now();
  m["resumes"] = resumes_;
  if (shard_.is_part() && status == "finished") m["files"] = hashed_files(path_);
  if (!shards_.empty()) m["shards"] = nlohmann::ordered_json::parse(shards_);
  m["wall_seconds"] =
      earlier_seconds_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  m["peak_memory_bytes"] = std::int64_t(peak_memory());
  write_atomically(file("manifest.json"), m.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace basin::experiments
