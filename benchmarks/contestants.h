// What bench_workloads measures: contestants register themselves from their own files, so that linking a file in is all
// it takes to enter the race.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace basin::benchmarks {

using Run = std::function<void(long iterations)>;

struct Contestant {
  std::string workload;       // contestants of one workload are compared with each other
  std::string name;           // unique within its workload
  bool yardstick = false;     // one per workload: ratios are time / time of the yardstick in the same round
  double flops = 0;           // of one iteration, for GF/s; 0: not shown
  std::function<Run()> make;  // builds the state; called once, only when selected
};

inline std::vector<Contestant>& contestants() {
  static std::vector<Contestant> all;
  return all;
}

// A self-check of a contestant against a second computation: the error found and what is allowed.
struct Check {
  std::string name;
  double allowed;
  std::function<double()> error;
};

inline std::vector<Check>& checks() {
  static std::vector<Check> all;
  return all;
}

// static const Register entry([] { contestants().push_back({…}); });
struct Register {
  explicit Register(void (*add)()) { add(); }
};

}  // namespace basin::benchmarks
