// Learning coefficients that are known exactly (docs/theory.md §4.4, §6).
#pragma once
#include <cstdint>

namespace basin::interp {

// lambda of reduced-rank regression, the map B A with B [N, H] and A [H, M], at a truth of rank r: the smallest local
// coefficient on its set of solutions (Aoyagi and Watanabe, "Stochastic complexities of reduced rank regression in
// Bayesian estimation", Neural Networks 18, 2005). Symmetric in N and M. A multiple of 1/8; exact. UsageError unless
// 0 <= r <= min(N, H, M).
double reduced_rank_regression_lambda(std::int64_t N, std::int64_t H, std::int64_t M, std::int64_t r);

}  // namespace basin::interp
