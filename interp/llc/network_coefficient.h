// Learning coefficients of networks (docs/theory.md §4.4 and §6), exact, under inputs of full rank and a prior that is
// positive. Aoyagi's are the least on the whole set of solutions; a trained network is at one point, where it may be
// larger: local_linear_coefficient.
#pragma once
#include "interp/llc/learning_coefficient.h"

namespace basin::interp {

// Two linear layers, the map B A with A [H, N] and B [M, H], at a truth of rank r (Aoyagi and Watanabe, "Stochastic
// complexities of reduced rank regression in Bayesian estimation", Neural Networks 18, 2005). Symmetric in N and M. λ
// is a multiple of 1/4. UsageError unless 0 <= r <= min(N, H, M).
LearningCoefficient reduced_rank_coefficient(std::int64_t N, std::int64_t H, std::int64_t M, std::int64_t r);

// A chain of linear layers of these widths, inputs first, at a product of rank r (Aoyagi, "Consideration on the
// learning efficiency of multiple-layered neural networks with linear units", Neural Networks 172, 2024). With Δ the
// widths less r, ascending, l the largest number of layers with Δ_1 + … + Δ_{l+1} >= l Δ_{l+1}, S that sum, and
// a = S - l (ceil(S/l) - 1):
//
//   2 λ = r (in + out) - r² + [a (l - a) - (l - 1) S²] / (2 l) + Σ_{i<j<=l+1} Δ_i Δ_j ,   m = a (l - a) + 1 .
//
// λ is a multiple of 1/4. UsageError unless there are two widths or more and 0 <= r <= the least.
LearningCoefficient deep_linear_coefficient(const std::vector<std::int64_t>& widths, std::int64_t r);

// The same two layers at the point (A, B): M p + N q - p q regular directions, and on the hidden directions
// that neither factor uses a regression of true rank 0 (docs/theory.md §6.1). UsageError unless the ranks are possible:
// p <= N, q <= M, product <= p and q, p + q - product <= H.
struct FactorRanks {
  std::int64_t first, second, product;  // p = rank A, q = rank B, rank B A
};
LearningCoefficient local_linear_coefficient(std::int64_t N, std::int64_t H, std::int64_t M, const FactorRanks& ranks);

// Σ_{k <= H} a_k tanh(b_k x) where the truth is 0, the least coefficient: λ = (H + i² + i) / (4 i + 2) with i =
// floor(sqrt(H)), m = 2 if H = i², else 1 (Aoyagi and Watanabe, "Resolution of singularities and the generalization
// error with Bayesian estimation for layered neural network", IEICE Transactions J88-D-II, 2005). UsageError unless
// H >= 1.
LearningCoefficient tanh_units_coefficient(std::int64_t H);

}  // namespace basin::interp
