// Time per random number. The column s_per_number (300p = 0.3 ns) is the one to read. The fills use the widest vectors
// that the machine has; normals/..., whose words are already there, and words/... show what each kind of vectors gives.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "core/normal_streams.h"
#include "core/normals.h"
#include "core/philox.h"
#include "core/rng.h"

namespace {

using basin::Vectors;

void count_numbers(benchmark::State& state, std::size_t n) {
  using benchmark::Counter;
  state.counters["s_per_number"] = Counter(double(n), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

template <class T, class F>
void add_fill(const std::string& name, F fill) {
  for (std::size_t n : {64, 1000, 100'000}) {
    const std::string full = name + (sizeof(T) == 4 ? "/float/" : "/double/") + std::to_string(n);
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
      std::vector<T> x(n);
      basin::Rng rng(1, "benchmark");
      for (auto _ : state) {
        fill(rng, x);
        benchmark::DoNotOptimize(x.data());
        benchmark::ClobberMemory();
      }
      count_numbers(state, n);
    });
  }
}

template <class T>
void add_fills() {
  add_fill<T>("fill_normal", [](basin::Rng& rng, std::vector<T>& x) { rng.fill_normal(x, 0.1); });
  add_fill<T>("fill_uniform", [](basin::Rng& rng, std::vector<T>& x) { rng.fill_uniform(x, -1, 1); });
}

template <class T>
void add_streams() {
  for (const std::size_t n : {18, 30, 1000}) {
    const std::string name = std::string("normal_streams") + (sizeof(T) == 4 ? "/float/" : "/double/");
    benchmark::RegisterBenchmark((name + std::to_string(n)).c_str(), [=](benchmark::State& state) {
      constexpr int lanes = basin::Pack<T>::lanes;
      std::vector<basin::Rng> each;
      for (int s = 0; s < lanes; ++s) each.emplace_back(1, "benchmark/" + std::to_string(s));
      basin::NormalStreams<T> streams(each);
      std::vector<T> x(n * std::size_t(lanes));
      for (auto _ : state) {
        streams.fill(x);
        benchmark::DoNotOptimize(x.data());
        benchmark::ClobberMemory();
      }
      count_numbers(state, x.size());
    });
  }
}

constexpr std::size_t blocks = 128;
constexpr const char* names[] = {"baseline", "avx2", "avx512"};

template <class U>
struct Words {
  alignas(64) std::array<U, blocks * 8 / sizeof(U)> even, odd;
};

template <class T, class U>
void add_steps() {
  for (int kind = 0; kind <= int(basin::vectors_here()); ++kind) {
    const std::string type = sizeof(T) == 4 ? "/float/" : "/double/";
    benchmark::RegisterBenchmark(("words" + type + names[kind]).c_str(), [=](benchmark::State& state) {
      Words<U> w;
      std::uint64_t first = 0;
      for (auto _ : state) {
        basin::philox_rows({1, 2}, first += blocks, blocks, w.even.data(), w.odd.data(), Vectors(kind));
        benchmark::DoNotOptimize(&w);
        benchmark::ClobberMemory();
      }
      count_numbers(state, 2 * w.even.size());
    });
    benchmark::RegisterBenchmark(("normals" + type + names[kind]).c_str(), [=](benchmark::State& state) {
      Words<U> w;
      basin::philox_rows({1, 2}, 0, blocks, w.even.data(), w.odd.data());
      std::vector<T> z(2 * w.even.size());
      for (auto _ : state) {
        basin::normal_pairs(w.even.data(), w.odd.data(), w.even.size(), T(0.1), z.data(), Vectors(kind));
        benchmark::DoNotOptimize(z.data());
        benchmark::ClobberMemory();
      }
      count_numbers(state, z.size());
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add_fills<float>();
  add_fills<double>();
  add_streams<float>();
  add_streams<double>();
  add_steps<float, std::uint32_t>();
  add_steps<double, std::uint64_t>();
  benchmark::RunSpecifiedBenchmarks();
}
