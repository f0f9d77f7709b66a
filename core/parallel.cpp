#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace basin {
namespace {

using Body = std::function<void(std::int64_t, int)>;

thread_local bool inside_parallel_for = false;  // of several workers
thread_local int loops_around = 0;              // inline ones too

struct InLoop {
  InLoop() { ++loops_around; }
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;
  ~InLoop() { --loops_around; }
};

class Loop {
 public:
  Loop(std::int64_t n, const Body& body) : n_(n), body_(body), lowest_failed_(n) {}

  void work(int worker) {
    const InLoop in_loop;
    inside_parallel_for = true;
    while (!stop_) {
      std::int64_t index = next_++;  // from here on it must run: a lower index may not be lost to a later failure
      if (index >= n_) break;
      try {
        body_(index, worker);
      } catch (...) {
        note_failure(index);
      }
    }
    inside_parallel_for = false;
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void note_failure(std::int64_t index) {
    stop_ = true;
    std::lock_guard lock(mutex_);
    if (index >= lowest_failed_) return;
    lowest_failed_ = index;
    failure_ = std::current_exception();
  }

  const std::int64_t n_;
  const Body& body_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::int64_t lowest_failed_;
  std::exception_ptr failure_;
};

// One turn for each index, in their order. Every index that was handed out comes to its turn, so nobody waits in vain.
class Turns {
 public:
  Turns(const Body& make, const Body& use) : make_(make), use_(use) {}

  void run(std::int64_t index, int worker) {
    Turn turn{*this, index};
    make_(index, worker);
    wait_for(index);
    if (!failed_) use_(index, worker);
    turn.failed = false;
  }

 private:
  struct Turn {  // ends in any case
    Turns& all;
    std::int64_t index;
    bool failed = true;
    ~Turn() {
      all.wait_for(index);
      all.failed_ |= failed;
      all.next_ = index + 1;
      all.next_.notify_all();
    }
  };

  void wait_for(std::int64_t index) {
    for (std::int64_t now = next_; now != index; now = next_) next_.wait(now);
  }

  const Body &make_, &use_;
  std::atomic<std::int64_t> next_{0};
  bool failed_ = false;  // read and written by whose turn it is
};

}  // namespace

int hardware_threads() { return std::max(1, int(std::thread::hardware_concurrency())); }

bool inside_parallel_loop() { return loops_around > 0; }

void parallel_for(int threads, std::int64_t n, const Body& body) {
  int workers = int(std::min<std::int64_t>(threads, n));
  if (workers <= 1 || inside_parallel_for) {
    const InLoop in_loop;
    for (std::int64_t index = 0; index < n; ++index) body(index, 0);
    return;
  }
  Loop loop(n, body);
  {
    std::vector<std::jthread> others;
    for (int worker = 1; worker < workers; ++worker) others.emplace_back([&loop, worker] { loop.work(worker); });
    loop.work(0);
  }
  loop.rethrow();
}

void parallel_in_order(int threads, std::int64_t n, const Body& make, const Body& use) {
  Turns turns(make, use);
  parallel_for(threads, n, [&turns](std::int64_t index, int worker) { turns.run(index, worker); });
}

}  // namespace basin
