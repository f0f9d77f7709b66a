// Progress of a long loop, for whoever waits: a bar on a terminal, else a line every 10 seconds.
//   Progress progress("training", steps, options.flag("quiet"));
//   for (…) { …; progress.update(step, loss); }
//   progress.finish();
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace basin::experiments {

// Where progress goes and what time it is.
struct ProgressDevice {
  bool terminal = false;
  int width = 100;  // columns
  std::function<void(std::string_view)> write;
  std::function<double()> now;  // seconds
};
ProgressDevice stderr_device();

class Progress {
 public:
  static constexpr double no_loss = std::numeric_limits<double>::quiet_NaN();

  // `label` says what is counted to `total`; a total of 0 is not known.
  Progress(std::string label, std::int64_t total, bool quiet, ProgressDevice device = stderr_device());
  ~Progress();  // leaves the terminal on a fresh line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of the total are behind us (it never falls). Cheap enough for every step of a loop of microseconds: the
  // clock is read every few milliseconds.
  void update(std::int64_t done, double loss = no_loss) {
    if (--calls_to_skip_ > 0) return;
    look_at_clock(done, loss);
  }
  // The last line: the whole count, time and rate.
  void finish(std::int64_t done, double loss = no_loss);

 private:
  void look_at_clock(std::int64_t done, double loss);
  std::string line(std::int64_t done, double loss, double time, bool last) const;
  void draw(std::int64_t done, double loss, double time, bool last);

  std::string label_;
  std::int64_t total_, first_done_ = 0, calls_to_skip_ = 1, stride_ = 1;
  bool quiet_, started_ = false, line_open_ = false;
  ProgressDevice device_;
  double start_, last_look_, last_shown_;
};

// The sum of what several pieces of work have done that go on at the same time, each on a thread of its own: `update`
// hears it, one call at a time.
class ProgressSum {
 public:
  ProgressSum(std::int64_t pieces, std::function<void(std::int64_t sum)> update)
      : done_(std::size_t(pieces)), update_(std::move(update)) {}

  void set(std::int64_t piece, std::int64_t done) {
    const std::lock_guard lock(mutex_);
    sum_ += done - std::exchange(done_[std::size_t(piece)], done);
    update_(sum_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::int64_t> done_;
  std::int64_t sum_ = 0;
  std::function<void(std::int64_t)> update_;
};

}  // namespace basin::experiments
