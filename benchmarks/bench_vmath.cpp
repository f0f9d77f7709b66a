// Time per element of core/vmath.h and core/vmath_trig.h beside the C++ library's functions, over 8192 numbers that
// stay in the first-level cache (float). The column s_per_element (300p = 0.3 ns) is the one to read.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/vmath_trig.h"

namespace {

namespace vm = basin::vmath;

constexpr int count = 8192;

// f inlined into a plain loop over numbers spread evenly in (low, high).
template <class T, class F>
void add_loop(const std::string& name, T low, T high, F f) {
  benchmark::RegisterBenchmark((name + (sizeof(T) == 4 ? "/float" : "/double")).c_str(), [=](benchmark::State& state) {
    std::vector<T> x(count), y(count);
    for (int i = 0; i < count; ++i) x[i] = low + (high - low) * (T(i * 2749 % count) + T(0.5)) / count;
    for (auto _ : state) {
      const T* __restrict from = x.data();
      T* __restrict to = y.data();
      for (int i = 0; i < count; ++i) to[i] = f(from[i]);
      benchmark::DoNotOptimize(to);
      benchmark::ClobberMemory();
    }
    using benchmark::Counter;
    const auto per_element = Counter::kIsIterationInvariantRate | Counter::kInvert;
    state.counters["s_per_element"] = Counter(count, per_element);
  });
}

template <class T>
void add_type() {
  add_loop<T>("vmath/exp", -20, 20, [](T x) { return vm::exp(x); });
  add_loop<T>("std/exp", -20, 20, [](T x) { return std::exp(x); });
  add_loop<T>("vmath/log", 0, 10, [](T x) { return vm::log(x); });
  add_loop<T>("std/log", 0, 10, [](T x) { return std::log(x); });
  add_loop<T>("vmath/sin", -20, 20, [](T x) { return vm::sin(x); });
  add_loop<T>("std/sin", -20, 20, [](T x) { return std::sin(x); });
  add_loop<T>("vmath/sin+cos of turns", 0, 1, [](T x) { return vm::sincos_turns(x).sin + vm::sincos_turns(x).cos; });
  add_loop<T>("vmath/tanh", -5, 5, [](T x) { return vm::tanh(x); });
  add_loop<T>("std/tanh", -5, 5, [](T x) { return std::tanh(x); });
  add_loop<T>("vmath/erf", -4, 4, [](T x) { return vm::erf(x); });
  add_loop<T>("std/erf", -4, 4, [](T x) { return std::erf(x); });
  add_loop<T>("vmath/gelu", -4, 4, [](T x) { return vm::gelu(x); });
  add_loop<T>("vmath/gelu_tanh", -4, 4, [](T x) { return vm::gelu_tanh(x); });
  add_loop<T>("vmath/sigmoid", -10, 10, [](T x) { return vm::sigmoid(x); });
  add_loop<T>("std/sigmoid", -10, 10, [](T x) { return 1 / (1 + std::exp(-x)); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add_type<float>();
  add_type<double>();
  benchmark::RunSpecifiedBenchmarks();
}
