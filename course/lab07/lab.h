// Lab 07: how a network that has grokked adds modulo p (docs/theory.md §5.8 and §6.8).
//
// A table [p, d] has a row for each number a = 0, …, p - 1, such as the embedding. A wave of frequency k is cos(2π k
// a/p + phase); k and p - k are one, so k is 0 … (p - 1)/2. p is odd.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.h"
#include "network.h"

namespace lab {

// Task power. How much of a table is in each frequency: [(p + 1)/2] numbers that add up to the sum of the squares of
// the table. With F_k = Σ_a e^(-2πi k a/p) row_a it is |F_k|² 2/p, and for k = 0 |F_0|² / p.
std::vector<double> power_of(const basin::Matrix& table);

// Task circle. The numbers in the plane of frequency k, 1 <= k <= (p - 1)/2: row a less the mean of the rows, along two
// unit vectors, that of c = Σ_a cos(2π k a/p) row_a and that of s = Σ_a sin(2π k a/p) row_a. [p, 2].
basin::Matrix circle_of(const basin::Matrix& table, std::int64_t k);

// Task label. The strongest wave of a function f of pairs, [p²], row x p + y: of all cos(2π (k x + l y)/p + phase),
// without the constant one, that which holds most of the variance. k is 0 … (p - 1)/2 and l is -(p - 1)/2 … (p - 1)/2,
// where k = 0 has l > 0. `share` is of the sum of squares of f less its mean. A function that is constant has the share
// 0.
struct Wave {
  std::int64_t k = 0, l = 0;
  double share = 0;
};
Wave strongest_wave(std::span<const double> f, std::int64_t p);

// Task keep. The table with the mean of its rows and these frequencies alone; the others are taken out. [p, d].
basin::Matrix keep_frequencies(const basin::Matrix& table, const std::vector<std::int64_t>& frequencies);

// Task rule. How much of the logits [p², outputs] depends on (x + y) mod p alone: replace each row by the mean of the p
// rows with the same sum; the share of the variance that is left. 1 for a network that knows nothing but the sum.
// Variance is around the mean row, all outputs together.
double share_of_the_sum(const basin::Matrix& logits, std::int64_t p);

}  // namespace lab
