// Covariances and third cumulants of what Markov chains saw, with errors (docs/theory.md §6.6). Traces are [chains,
// draws], with the errors of require_traces (core/autocorrelation.h); UsageError where traces that belong together
// differ in shape.
#pragma once
#include "core/chains.h"

namespace basin {

// Cov[x, y] as the mean over all draws of (x - E x)(y - E y), E over all chains: with the interval, memory and R̂ of
// these products (chain_mean). Taking E from the same draws makes it too small by its own autocorrelation time / draws
// of all chains, in proportion, and moves the interval by less than it is wide.
ChainMean chain_covariance(const Matrix& x, const Matrix& y);  // at least 4 draws

// κ₃(x, y, z) = E[(x - E x)(y - E y)(z - E z)]. Here the errors of E x, E y and E z count as much as all else: the
// interval is that of the mean of abc - Cov[x, y] c - Cov[x, z] b - Cov[y, z] a with a, b, c the three differences,
// which has the same mean and the error of the whole to first order (its influence function).
ChainMean chain_third_cumulant(const Matrix& x, const Matrix& y, const Matrix& z);  // at least 4 draws

}  // namespace basin
