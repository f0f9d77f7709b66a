// What a run will take, known before it begins: said where that is long, and with --estimate instead of the run.
//   say_cost(o, [&] { return RunCost{.parts = {{"training", 40}}, .bytes = 2e9}; });  // may end the program
// A program calls it once, when its options and data are checked and before it makes a folder. Numbers are of its model
// of the work (docs/scale.md); what can be tried on a few steps or rows is measured, and rates that were measured
// elsewhere are put right by machine_speed.
#pragma once
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "experiments/cli/options.h"

namespace basin::experiments {

struct CostPart {
  std::string what{};
  double seconds = 0;  // of the clock on the wall, on --threads threads
};

struct RunCost {
  std::vector<CostPart> parts{};
  double bytes = 0;  // of memory, beyond what the process has held when this is said

  double seconds() const;
  void add(const RunCost& next);  // that follows: its memory comes when this one's is free again
};

// With --estimate ends the program with exit code 0, by CostSaid, which has the text: parts, their sum, and memory.
// Otherwise a line on stderr if the run is expected to take over five seconds. Where nobody would hear of it, `cost` is
// not asked for. Of several processes (core/team.h) the first asks it, alone: what it says is for one process.
void say_cost(const Options& options, const std::function<RunCost()>& cost);

// Not an error: the cost was asked for. A program that runs others adds up what they say (cost_of, experiment.h).
struct CostSaid : std::exception {
  CostSaid(RunCost whole, std::string said) : cost(std::move(whole)), text(std::move(said)) {}
  const char* what() const noexcept override { return text.c_str(); }
  RunCost cost;
  std::string text;
};

std::string cost_text(const RunCost& cost, int threads);
// {seconds, bytes, threads, parts: [{what, seconds}]}; bytes are all that the process needs.
std::string cost_json(const RunCost& cost, int threads);

// How long this machine takes for a fixed piece of work, relative to the one on which rates were measured (a core of
// 2025 with AVX-512, 60 Gflop/s in products of doubles). Measured once, in some 20 ms.
struct MachineSpeed {
  double products = 1;  // of large matrices
  double small = 1;     // everything else: kernels on few numbers, loops
};
const MachineSpeed& machine_speed();

// What one call takes on this thread: the least of several where they are short, in seconds that the processor spent on
// it. Neither what else the machine does counts, nor OpenBLAS's threads, which spin for a while when a program starts.
double seconds_of(const std::function<void()>& call);

// Seconds of `items` pieces of `each` second, side by side on --threads: of a shard those that fall to it.
double dealt_seconds(const Options& options, double items, double each);

}  // namespace basin::experiments
