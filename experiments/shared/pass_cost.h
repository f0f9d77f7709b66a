// What a pass over data will take, from the same pass over a few of its rows.
#pragma once
#include <functional>

#include "experiments/cli/cost.h"
#include "interp/sweep/sweep.h"

namespace basin::experiments {

struct PassCost {
  double seconds = 0;  // of the clock, on --threads threads
  double bytes = 0;    // of its programs

  PassCost& operator+=(const PassCost& other) { return seconds += other.seconds, bytes += other.bytes, *this; }
  friend PassCost operator*(double times, PassCost of) { return of.seconds *= times, of; }
};

// `pass` is called on some rows, at most a chunk of them, so on one thread. What it takes is a part for each call, such
// as tracing, and a part for each row.
PassCost pass_cost(const Options& options, const Inputs& data, const std::function<void(const Inputs& some)>& pass,
                   const interp::SweepOptions& sweep = {});
// The same of rows by their places.
using Places = std::vector<std::int64_t>;
PassCost pass_cost(const Options& options, std::int64_t rows, const std::function<void(const Places& some)>& pass,
                   const interp::SweepOptions& sweep = {});

// At most so many rows, evenly spaced.
Places spaced_rows(std::int64_t rows, std::int64_t most);

}  // namespace basin::experiments
