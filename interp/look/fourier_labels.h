// What features of a network that calculates modulo p say of the numbers x and y, in words: "97% cos(36x + 36y)", where
// cos(kx) is short for a cosine of 2πkx/p with any phase (docs/theory.md §5.8; after the labels of interaction graphs
// in arXiv 2405.10928).
#pragma once
#include <string>
#include <vector>

#include "core/tensor.h"

namespace basin::interp {

struct FourierTerm {
  double share = 0;        // of the function's sum of squares
  std::string function{};  // const, cos(2x), cos(2x) + cos(2y), cos(2x - 3y), cos(2x) cos(3y), sin(2x) sin(3y)
};

// A table [p², n] of functions of (x, y), row x p + y: for each column its strongest terms, until they hold `enough` of
// its power or are `most`. A frequency of x and the same of y whose shares differ by less than 0.01 are one term. What
// has a frequency k of x and l of y is the sum of cosines of kx + ly and of kx - ly, and also of two products, of
// cosines and of sines; one function is split in one of the two ways, the one whose parts are less alike. No terms for
// a function that is 0. ShapeError unless there are p² rows.
std::vector<std::vector<FourierTerm>> fourier_terms(const Matrix& table, std::int64_t p, double enough = 0.995,
                                                    std::size_t most = 7);

// "96% cos(3x + 3y), 2% const": terms of less than half a percent are left out, but for the first.
std::string fourier_label(const std::vector<FourierTerm>& terms);

}  // namespace basin::interp
