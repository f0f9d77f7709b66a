// Whether estimates with standard errors are as exact as they say: over many seeds.
#pragma once
#include <functional>

#include "experiments/claims/claim_nets.h"
#include "interp/spectra/trace.h"

namespace basin::experiments {

// An estimate, and the exact value that it is of.
struct EstimateMethod {
  std::string title;
  double exact = 0;
  std::int64_t samples = 0;  // that the standard error is of
  std::function<interp::TraceEstimate(std::uint64_t seed)> estimate;
};

// Two rows: the share of intervals of 95 % by Student's t that cover the exact value is between 90 and 99 %, and the
// mean of all estimates is the exact value within five standard errors. `path` says where that comes from.
void expect_coverage(ClaimTable& table, const ClaimSettings& settings, const EstimateMethod& method,
                     const std::string& path);

}  // namespace basin::experiments
