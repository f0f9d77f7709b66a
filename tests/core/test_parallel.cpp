#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/fp.h"
#include "core/parallel.h"

using namespace basin;
using std::chrono::milliseconds;

namespace {

// Each of two bodies waits, for at most some seconds, until the other has started too.
bool two_run_at_once() {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  std::atomic<int> started{0};
  std::vector<std::thread::id> who(2);
  parallel_for(2, 2, [&](std::int64_t i, int) {
    ++started;
    while (started < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
    who[i] = std::this_thread::get_id();
  });
  return who[0] != who[1];
}

}  // namespace

TEST_CASE("every index runs once, on a worker in range") {
  for (int threads : {-1, 0, 1, 2, 3, 7}) {
    std::vector<std::atomic<int>> runs(100);
    std::atomic<int> bad_workers{0};
    parallel_for(threads, 100, [&](std::int64_t i, int worker) {
      ++runs[i];
      bad_workers += worker < 0 || worker >= std::max(1, threads);
    });
    CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& r) { return r == 1; }));
    CHECK(bad_workers == 0);
  }
  CHECK(hardware_threads() >= 1);
}

TEST_CASE("no index, no call") {
  int calls = 0;
  parallel_for(3, 0, [&](std::int64_t, int) { ++calls; });
  parallel_for(3, -5, [&](std::int64_t, int) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("work runs on other threads, and on one thread stays in order in the caller") {
  CHECK(two_run_at_once());
  std::vector<std::int64_t> order;
  parallel_for(1, 5, [&](std::int64_t i, int) { order.push_back(i); });
  CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("a nested loop runs inline on its worker's thread, and the outer loop is parallel again afterwards") {
  std::atomic<int> strayed{0};
  parallel_for(2, 4, [&](std::int64_t, int) {
    auto here = std::this_thread::get_id();
    parallel_for(3, 3, [&](std::int64_t, int worker) {
      std::this_thread::sleep_for(milliseconds(1));  // leaves other threads the time to take an index
      strayed += worker != 0 || std::this_thread::get_id() != here;
    });
  });
  CHECK(strayed == 0);
  CHECK(two_run_at_once());
}

TEST_CASE("the exception of the lowest throwing index arrives, for any number of threads, and stops the rest") {
  for (int threads : {1, 2, 3})
    for (std::int64_t slow : {4, 5}) {  // with several threads both fail, in either order in time
      std::atomic<int> ran{0};
      std::string what;
      try {
        parallel_for(threads, 1000, [&](std::int64_t i, int) {
          ++ran;
          if (i < 4) return;
          std::this_thread::sleep_for(i == slow ? milliseconds(10) : milliseconds(3));
          throw DataError("chunk " + std::to_string(i));
        });
      } catch (const DataError& e) {
        what = e.what();
      }
      CHECK(what == "chunk 4");
      CHECK(ran < 20);
    }
  int after = 0;
  parallel_for(1, 3, [&](std::int64_t, int) { ++after; });
  CHECK(after == 3);
}

TEST_CASE("results stored per index and reduced in order are bit-equal for 1, 2 and 3 threads") {
  auto sum = [](int threads) {
    std::vector<double> part(200);
    parallel_for(threads, 200, [&](std::int64_t i, int) {
      for (int k = 1; k < 50; ++k) part[i] += std::sin(double(i) + 1.0 / k);
    });
    double total = 0;
    for (double p : part) total += p;
    return total;
  };
  CHECK(sum(1) == sum(2));
  CHECK(sum(1) == sum(3));
}

TEST_CASE("what is made side by side is used in order, by the worker that made it, until something fails") {
  for (int threads : {1, 2, 3, 7})
    for (std::int64_t bad : {-1, 0, 13})
      for (bool in_use : {false, true}) {
        std::vector<std::int64_t> room(7), used;
        const auto fail_at = [=](std::int64_t i) {
          if (i == bad) throw DataError("part " + std::to_string(i));
        };
        const auto run = [&] {
          parallel_in_order(
              threads, 40,
              [&](std::int64_t i, int worker) {
                std::this_thread::sleep_for(std::chrono::microseconds(i % 3 * 100));  // later ones are often done first
                room[std::size_t(worker)] = i;
                if (!in_use) fail_at(i);
              },
              [&](std::int64_t i, int worker) {
                if (in_use) fail_at(i);
                used.push_back(room[std::size_t(worker)]);
              });
        };
        if (bad < 0)
          run();
        else
          CHECK_THROWS_WITH_AS(run(), ("part " + std::to_string(bad)).c_str(), DataError);
        CHECK(used.size() == std::size_t(bad < 0 ? 40 : bad));
        for (std::size_t i = 0; i < used.size(); ++i) CHECK(used[i] == std::int64_t(i));
      }
}

TEST_CASE("results are in the order of their indices, and each is counted once when it is made") {
  for (int threads : {1, 3}) {
    std::vector<std::int64_t> heard;
    const auto made = parallel_results(
        threads, 5, [](std::int64_t i) { return std::string(std::size_t(i), 'x'); },
        [&](std::int64_t done) { heard.push_back(done); });
    CHECK(made == std::vector<std::string>{"", "x", "xx", "xxx", "xxxx"});
    CHECK(heard == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  }
}

#if defined(__SSE2__)
TEST_CASE("denormals are flushed within the scope, in new threads too, and the old mode comes back") {
  volatile double tiny = std::numeric_limits<double>::min();
  volatile float tiny_float = std::numeric_limits<float>::min();
  CHECK(tiny / 2 > 0);
  {
    FlushDenormals flush;
    CHECK(tiny / 2 == 0);
    CHECK(tiny_float / 2 == 0);
    std::vector<double> halves(8, 1);
    parallel_for(3, 8, [&](std::int64_t i, int) { halves[i] = tiny / 2; });
    CHECK(halves == std::vector<double>(8));
    { FlushDenormals again; }
    CHECK(tiny / 2 == 0);
  }
  CHECK(tiny / 2 > 0);
}
#endif
