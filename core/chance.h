// How far a claim about random numbers may miss what it predicts and still pass: five standard errors, so that no seed
// fails by chance. What is exact for every network has no tolerance at all.
#pragma once
#include <cstdint>

namespace basin {

inline constexpr double allowed_errors = 5;

// Five standard errors of a mean over n independent numbers, and of their standard deviation; a kurtosis of 3 is that
// of normal numbers.
double mean_tolerance(double deviation, std::int64_t n);
double deviation_tolerance(double deviation, std::int64_t n, double kurtosis = 3);
// Of the share of n draws that have a property of this probability.
double share_tolerance(double probability, std::int64_t n);

// The same for rare misses, where a count is far from normal: the smallest c so that more than c of n independent draws
// miss with a probability below that of five standard errors on one side, 2.9e-7, if each misses with probability
// `rate`. Exact, by the binomial distribution.
std::int64_t misses_by_chance(std::int64_t n, double rate);

}  // namespace basin
