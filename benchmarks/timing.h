// Wall and processor time of the parts of a computation over interleaved rounds, beside the floating-point operations
// that they need and the rate of a matrix product in the same run. Rates are per second of processor time: it moves
// less than wall time on a machine that others use.
#pragma once
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/blas.h"

namespace basin::benchmarks {

inline double seconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

struct Times {
  double wall = 0, cpu = 0;  // seconds; cpu: of all threads together

  Times operator+(const Times& other) const { return {wall + other.wall, cpu + other.cpu}; }
};

template <class Run>
Times time_of(const Run& run) {
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  run();
  return {seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

inline double median(std::vector<double> v) {
  std::ranges::sort(v);
  return (v[v.size() / 2] + v[(v.size() - 1) / 2]) / 2;
}

struct Series {
  std::string part, who;  // who: "basin x2" on two threads
  double gflop = 0;       // of one run; 0: not counted
  std::vector<Times> rounds{};

  double wall() const { return median_of(&Times::wall); }
  double cpu() const { return median_of(&Times::cpu); }

 private:
  double median_of(double Times::*which) const {
    std::vector<double> all;
    for (const Times& t : rounds) all.push_back(t.*which);
    return median(all);
  }
};

// GF/s of a product in T on one thread: the better of one for BLAS and one for our own loops.
template <class T>
double peak_gflops() {
  double best = 0;
  for (const std::int64_t n : {128, 768}) {
    const std::vector<T> a(n * n, T(0.5)), b(n * n, T(0.25));
    std::vector<T> c(n * n);
    const std::int64_t products = std::max<std::int64_t>(1, 1'000'000'000 / (n * n * n));
    for (int round = 0; round < 5; ++round) {
      const Times t = time_of([&] {
        for (std::int64_t i = 0; i < products; ++i)
          gemm(false, false, n, n, n, T(1), a.data(), n, b.data(), n, T(0), c.data(), n);
      });
      best = std::max(best, 2e-9 * double(products * n * n * n) / t.cpu);
    }
  }
  return best;
}

// The most memory that this process has held at once, in MB.
inline double peak_resident_mb() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return double(used.ru_maxrss) / 1024;
}

template <class T>
void print_table(const std::vector<Series>& all) {
  const double peak = peak_gflops<T>();
  fmt::print("matrix product: {:.1f} GF/s ({}, one thread)\n", peak, sizeof(T) == 8 ? "double" : "float");
  fmt::print("{:<18} {:<20} {:>9} {:>9} {:>8} {:>8} {:>14}\n", "part", "", "wall s", "cpu s", "GFLOP", "GF/cpu s",
             "cpu s at peak");
  for (const Series& s : all) {
    fmt::print("{:<18} {:<20} {:>9.3f} {:>9.3f}", s.part, s.who, s.wall(), s.cpu());
    if (s.gflop > 0) fmt::print(" {:>8.1f} {:>8.1f} {:>14.3f}", s.gflop, s.gflop / s.cpu(), s.gflop / peak);
    fmt::print("\n");
  }
}

// One line for each series, as the peers print them; `prefix` goes before its part.
inline void print_json(const std::vector<Series>& all, const std::string& prefix) {
  for (const Series& s : all) {
    std::string rounds;
    for (const Times& t : s.rounds) rounds += (rounds.empty() ? "" : ", ") + fmt::format("{:.0f}", 1e6 * t.wall);
    fmt::print("{{\"workload\": \"{}{}\", \"name\": \"{}\", \"us\": {:.0f}, \"cpu_us\": {:.0f}, \"rounds\": [{}]}}\n",
               prefix, s.part, s.who, 1e6 * s.wall(), 1e6 * s.cpu(), rounds);
  }
}

}  // namespace basin::benchmarks
