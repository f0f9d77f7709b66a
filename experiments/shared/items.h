// A study as a list of independent items. Each is kept in a file of the run once it is there, so that an interrupted
// run reads what it has and goes on, a shard computes its own only, and a merged run reads those of all shards.
//   Items items(o, directory);
//   auto nets = items.results("networks", jobs.size(), name_of, [&](std::int64_t i) { return train(jobs[i]); });
//   directory.end_shard();  // what follows needs all
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/archive.h"
#include "core/parallel.h"
#include "experiments/cli/options.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/run_directory.h"

namespace basin::experiments {

class Items {
 public:
  Items(const Options& options, const RunDirectory& directory);
  // One after the other: each has the threads, and shows its own progress.
  static Items one_at_a_time(const Options& options, const RunDirectory& directory);

  // compute(i), on several threads, of every item that is not kept and falls to this shard, in their order; in a
  // shard the others are T{}. `name(i)` is a file name of its own for each. What it depends on beside the run's
  // identity is in its key. Shows how many of `what` are done. Interrupted after a signal, with what is finished kept;
  // DataError when a merged run misses one.
  using Text = std::function<std::string(std::int64_t)>;
  template <class Compute, class T = std::invoke_result_t<Compute, std::int64_t>>
  std::vector<T> results(const std::string& what, std::int64_t count, const Text& name, const Compute& compute,
                         const Text& key = {}) {
    const std::vector<std::int64_t> own = deal(count);
    std::vector<T> all(static_cast<std::size_t>(count));
    run(what, own, [&](std::int64_t i) {
      const Place place{path_of(name(i)), key ? key(i) : identity_};
      T& item = all[std::size_t(i)];
      if (const auto kept = read(place)) {
        try {
          item = unarchived<T>(*kept);
          return;
        } catch (const DataError& e) {
          refuse_to_compute(place, e.what());
        }
      } else {
        refuse_to_compute(place, "missing");
      }
      item = compute(i);
      write(place, archived(item));
    });
    return all;
  }

  // The numbers, among the next `count` items, of those that fall to this shard: for items that keep themselves.
  std::vector<std::int64_t> deal(std::int64_t count);

 private:
  struct Place {
    std::string path, key;
  };
  void run(const std::string& what, const std::vector<std::int64_t>& own,
           const std::function<void(std::int64_t item)>& one) const;
  std::string path_of(const std::string& name) const;
  std::optional<std::string> read(const Place& place) const;  // nothing if it is missing, damaged or of another key
  void write(const Place& place, const std::string& bytes) const;
  void refuse_to_compute(const Place& place, const std::string& why) const;  // in a merged run

  const RunDirectory& directory_;
  std::string folder_, identity_;
  int threads_;
  bool shows_progress_;
  std::int64_t dealt_ = 0;
};

}  // namespace basin::experiments
