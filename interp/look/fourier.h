// Fourier features over the numbers modulo p: which frequencies a network that calculates with them uses.
//
// Nanda, Chan, Lieberum, Smith, Steinhardt, "Progress measures for grokking via mechanistic interpretability"
// (arXiv 2301.05217) looks at W_E and at neurons in this basis; a neuron of one frequency k is a polynomial of
// degree 2 in cos and sin of 2πka/p and 2πkb/p. Frequencies k and p - k are one, so there are floor(p/2) besides 0
// (docs/theory.md §5.8).
#pragma once
#include <cstdint>
#include <vector>

#include "core/tensor.h"

namespace basin::interp {

// Orthonormal columns [p, p], functions of a = 0, …, p - 1: constant, then cos and sin of 2πka/p for k = 1, 2, …; even
// p ends with cos(πa) alone. Column j has frequency (j + 1) / 2. UsageError unless p >= 1.
Matrix fourier_basis(std::int64_t p);

// A table [p, d] of functions of a, one in each column, such as the embedding of the numbers: the sum over the columns
// of their squared coefficients, by frequency 0 … p/2. They add up to the sum of the squares of the table.
std::vector<double> fourier_power(const Matrix& table);

// Of such powers, frequency 0 apart. The share in the largest tenth of the frequencies, rounded up: 1 for a network
// that uses few, not much above a tenth for noise; 0 where there is no power. And the frequency of the largest.
double fourier_share(const std::vector<double>& power);
std::int64_t strongest_frequency(const std::vector<double>& power);

// The rows of a table [p, d], their mean taken away, along the unit vectors Σ_a cos(2πka/p) row_a and
// Σ_a sin(2πka/p) row_a: [p, 2]. A network that calculates on the circle of frequency k has it here. UsageError unless
// 1 <= k < p/2.
Matrix fourier_plane(const Matrix& table, std::int64_t k);

// A table [p², n] of functions of (a, b), row a p + b, one in each column: the coefficients of function i, [p, p], of
// products of columns of fourier_basis(p), of a by rows and of b by columns. ShapeError for another number of rows.
Matrix fourier_coefficients(const Matrix& table, std::int64_t i, const Matrix& basis);

// Such a table, for example of the neurons of a layer. Row i of the
// result [n, p/2 + 1] says how function i, its mean taken away, shares out its power: at k >= 1 the share of all
// products f(a) g(b) in which f and g are of frequency k or constant, at 0 what mixes two frequencies. A function that
// is constant to rounding has zeros. ShapeError unless there are p² rows.
Matrix frequency_shares(const Matrix& table, std::int64_t p);

}  // namespace basin::interp
