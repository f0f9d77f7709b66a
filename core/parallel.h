// One loop over independent pieces of work (chunks of data, chains, seeds, restarts) on a few threads.
//
// The contract for results that are bit-equal for any number of threads: which worker gets which index, and when, is
// left to chance, so a body may only write to places that belong to its index, and what it writes may depend on the
// index alone. The caller then reduces the places in index order. Worker numbers are for scratch memory only; never
// accumulate per worker.
#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <type_traits>
#include <vector>

namespace basin {

// Logical processors of this machine, at least 1.
int hardware_threads();

// Calls body(index, worker) once for each index in [0, n), on at most `threads` threads of which the caller is one;
// worker is in [0, max(1, threads)). Returns when all are done. With threads <= 1, or inside another parallel_for, the
// loop runs inline in index order as worker 0.
// An exception stops the hand-out of further indices; indices already handed out finish, and then the exception of the
// lowest throwing index is rethrown: the same one that an inline loop would have thrown.
// New threads inherit the caller's floating-point modes (core/fp.h).
void parallel_for(int threads, std::int64_t n, const std::function<void(std::int64_t index, int worker)>& body);

// Whether this thread is inside a body of a parallel_for, wherever that runs.
bool inside_parallel_loop();

// make(index, worker) side by side like the bodies of a parallel_for, and use(index, worker) one at a time in index
// order, by the worker that made it and before it takes another index: use may add to one sum, which is then bit-equal
// for any number of threads, and what is made needs room for each worker only. Behind an exception of either nothing is
// used, and it is rethrown as by parallel_for: what was used is the same for any number of threads.
void parallel_in_order(int threads, std::int64_t n, const std::function<void(std::int64_t index, int worker)>& make,
                       const std::function<void(std::int64_t index, int worker)>& use);

// make(index) for each index in [0, n), in their order. `done` hears after each how many are made, one call at a time.
template <class Make>
auto parallel_results(int threads, std::int64_t n, const Make& make,
                      const std::function<void(std::int64_t done)>& done = {}) {
  std::vector<std::invoke_result_t<Make, std::int64_t>> all(static_cast<std::size_t>(n));
  std::mutex mutex;
  std::int64_t made = 0;
  parallel_for(threads, n, [&](std::int64_t index, int) {
    all[std::size_t(index)] = make(index);
    if (!done) return;
    const std::lock_guard lock(mutex);
    done(++made);
  });
  return all;
}

}  // namespace basin
