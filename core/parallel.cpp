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

thread_local bool inside_parallel_for = false;

class Loop {
 public:
  Loop(std::int64_t n, const Body& body) : n_(n), body_(body), lowest_failed_(n) {}

  void work(int worker) {
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

}  // namespace

int hardware_threads() { return std::max(1, int(std::thread::hardware_concurrency())); }

void parallel_for(int threads, std::int64_t n, const Body& body) {
  int workers = int(std::min<std::int64_t>(threads, n));
  if (workers <= 1 || inside_parallel_for) {
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

}  // namespace basin
