#include "experiments/cli/run_directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/team.h"
#include "core/version.h"
#include "experiments/cli/exit_codes.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

constexpr std::array own_files = {
    "config.toml", "metrics.jsonl", "results.json", "claims.json",         "timings.json", "modules.json",
    "graph.json",  "graph.graphml", "graph.dot",    "report.html",         "checkpoints",  "arrays",
    "figures",     "experiments",   "networks",     "network.safetensors", "manifest.json"};

#ifdef __clang__
constexpr const char* compiler = "clang++ " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t(usage.ru_maxrss) * 1024;
}

// Whether a folder holds anything but a lock. StorageError when it is no folder.
bool is_occupied(const fs::path& path) {
  if (!fs::exists(path)) return false;
  if (!fs::is_directory(path))
    throw StorageError(fmt::format("--out: {} exists and is no folder; help: name a folder", path.string()));
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename() != RunLock::file_name) return true;
  return false;
}

}  // namespace

RunDirectory::RunDirectory(const Options& options, RunFacts facts)
    : path_(options.run_path()),
      experiment_(options.program()),
      started_(utc_now()),
      argv_(options.argv()),
      seed_(options.has("seed") ? options.integer("seed") : 0),
      can_resume_(options.has("resume")),
      facts_(std::move(facts)),
      start_(std::chrono::steady_clock::now()) {
  try {
    prepare(options.has("force") && options.flag("force"), options.has("resume") && options.flag("resume"));
  } catch (const fs::filesystem_error& e) {
    throw StorageError(
        fmt::format("--out: {}: {}; help: name a folder that you may write to", path_.string(), e.code().message()));
  }
  write_manifest("running", std::nullopt);
  write_atomically(file("config.toml"), options.resolved_toml());
}

RunDirectory::~RunDirectory() {
  if (finished_) return;
  try {
    interrupted() ? write_manifest("interrupted", exit_interrupted) : write_manifest("failed", std::nullopt);
  } catch (const std::exception&) {  // the error that ended the run is on its way already
  }
}

void RunDirectory::prepare(bool force, bool resume) {
  if (force && resume) throw UsageError("--force and --resume: a run is replaced or resumed, not both");
  if (resume) {
    expect_earlier();
    first_only([&] { lock_ = RunLock(path_, experiment_); });
    return read_earlier();
  }
  first_only([&] { take_place(force); });
}

void RunDirectory::take_place(bool force) {
  if (!fs::exists(path_ / RunLock::file_name)) refuse_occupied(force);  // before anything is written there
  make_folders(path_);
  lock_ = RunLock(path_, experiment_);
  refuse_occupied(force);  // another process may have been quicker
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
}

void RunDirectory::read_earlier() {
  try {
    auto earlier = nlohmann::json::parse(read_file(file("manifest.json")));
    if (std::string other = earlier.at("experiment"); other != experiment_)
      throw UsageError(fmt::format("--resume: {} holds a run of {}, not of {}", path_.string(), other, experiment_));
    started_ = earlier.at("started");
    earlier_seconds_ = earlier.at("wall_seconds");
    resumes_ = earlier.at("resumes").get<std::int64_t>() + 1;
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("{}: not the manifest of a run: {}", file("manifest.json"), e.what()));
  }
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
    throw Interrupted(fmt::format("{}; help: {} --resume --out {}", e.what(), experiment_, path_.string()));
  }
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
  m["wall_seconds"] =
      earlier_seconds_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  m["peak_memory_bytes"] = peak_memory_bytes();
  write_atomically(file("manifest.json"), m.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace basin::experiments
