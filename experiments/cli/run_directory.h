// The folder of one run, with everything needed to know what was done and to do it again:
//   manifest.json config.toml metrics.jsonl results.json claims.json timings.json checkpoints/ arrays/ figures/
//   modules.json graph.json graph.graphml graph.dot report.html network.safetensors
//   experiments/ (runs of other experiments that belong to it) networks/ (folders of networks trained side by side)
//   items/ (what is finished of a list of independent items, experiments/shared/items.h)
//   shards/I-of-N/ (a run of its own of every N-th item, until `merge` makes one of all)
// manifest.json is written when the run starts and again when it ends, so that a run that was killed shows as running.
// While it runs, .lock keeps other processes out.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/cli/options.h"
#include "experiments/cli/run_lock.h"

namespace basin::experiments {

// What the options do not know.
struct RunFacts {
  std::string blas = {};                      // version and kernel, blas_kernel() of core/blas.h
  std::string data = {}, data_hash = {};      // where the numbers come from; empty if there are none
  std::vector<std::string> class_names = {};  // by label, where they are called by names
};

class RunDirectory {
 public:
  // Makes options.run_path() and writes manifest.json and config.toml there. UsageError when the folder holds anything
  // and neither --force nor --resume is given, when --resume finds no run of this experiment, and when both are given.
  // --force removes the files listed above and nothing else, and only where a manifest shows that a run made them.
  // StorageError when it cannot be made or written, or is no folder.
  // DataError when a shard that goes on was begun with other options.
  // UsageError, and the folder stays as it is, when another process works in it (run_lock.h), or would
  // lose the folder of its own run inside.
  RunDirectory(const Options& options, RunFacts facts);
  ~RunDirectory();  // without finish: the manifest says "interrupted" and 130 after a signal, else "failed" and no code
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  bool resumed() const { return resumes_ > 0; }
  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string metrics() const { return file("metrics.jsonl"); }
  std::string claims() const { return file("claims.json"); }
  std::string timings() const { return file("timings.json"); }  // of the claims
  std::string report() const { return file("report.html"); }
  std::string checkpoints() const { return folder("checkpoints"); }  // these three are made when first asked for
  std::string arrays() const { return folder("arrays"); }
  std::string figures() const { return folder("figures"); }

  const Shard& shard() const { return shard_; }

  // Does the work. An Interrupted that comes out of it says by which command the run goes on; of a shard it is Again
  // unless it was Ctrl-C.
  void resumable(const std::function<void()>& work) const;

  // What follows needs all items: nothing, but in a shard, where the run is finished and ShardDone thrown.
  void end_shard();

  // Says what the numbers of this run depend on: its experiment, version, data and options.
  std::string identity() const { return identity_; }

  // The last word: manifest.json gets "finished", the exit code, wall seconds and peak memory. Returns the code.
  int finish(int exit_code);

 private:
  void prepare(bool force, bool resume);
  void take_place(bool force);
  void refuse_occupied(bool force) const;
  void refuse_runs_inside() const;
  void expect_earlier() const;
  int exit_when_interrupted() const;
  void expect_same_shard(const Options& options) const;
  void read_earlier();
  void remove_earlier() const;
  void write_manifest(const std::string& status, std::optional<int> exit_code) const;
  std::string folder(const char* name) const;

  std::filesystem::path path_;
  RunLock lock_;
  Shard shard_;
  std::string experiment_, started_, identity_;
  std::string shards_;  // JSON list of what the run was merged from, or empty
  std::vector<std::string> argv_;
  std::int64_t seed_, resumes_ = 0;
  bool can_resume_;  // not every experiment can
  RunFacts facts_;
  double earlier_seconds_ = 0;  // of the run that is resumed
  std::chrono::steady_clock::time_point start_;
  bool finished_ = false;
};

// The files of a run, relative to its folder and in order, but for manifest.json, config.toml and the lock.
std::vector<std::string> files_of_run(const std::filesystem::path& run);

// A config.toml without --threads: a setting of the machine, which changes no result.
std::string without_threads(const std::string& config);

}  // namespace basin::experiments
